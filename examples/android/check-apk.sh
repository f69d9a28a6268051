#!/usr/bin/env bash
# Builds the example into a signed APK without Gradle, from Maven Central and Debian 12 alone.
#
#   examples/android/check-apk.sh app.apk
#
# Needs the runtime's jar (mvn -pl runtime verify, which also fetches the dexer) and
#   apt-get install aapt zipalign apksigner android-framework-res
# Compiled against the Android 4.1 interfaces, the newest on Maven Central; the key is made for this one file.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
[ $# = 1 ] || { echo "usage: check-apk.sh app.apk" >&2; exit 2; }
target=$(realpath -m "$1")
model=$root/docs/results/retailrocket/student.attar
repository=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
framework=/usr/share/android-framework-res/framework-res.apk
jdk=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")

fail() { echo "check-apk: $*" >&2; exit 1; }
for tool in mvn aapt zipalign apksigner keytool; do
  command -v "$tool" > /dev/null || fail "$tool is missing; see the head of this script"
done
[ -e "$framework" ] || fail "$framework is missing; see the head of this script"
runtime=$(find "$root/runtime/target" -maxdepth 1 -name 'attar-runtime-*.jar' 2> /dev/null | head -n 1)
r8=$(find "$repository/com/android/tools/r8" -name 'r8-*.jar' 2> /dev/null | sort -V | tail -n 1)
[ -n "$runtime" ] && [ -n "$r8" ] || fail "the runtime's jar or the dexer is missing: run mvn -pl runtime verify"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mvn -q -B -ntp org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy \
  -Dartifact=com.google.android:android:4.1.1.4 -DoutputDirectory="$work"
interfaces=$work/android-4.1.1.4.jar

mkdir "$work/classes" "$work/dex" "$work/assets"
javac -Xlint:all,-path,-classfile -Werror -encoding UTF-8 --release 11 -cp "$runtime:$interfaces" -d "$work/classes" \
  "$here/src/main/java/io/attar/example/ShopActivity.java"
jar cf "$work/app.jar" -C "$work/classes" .
java -cp "$r8" com.android.tools.r8.D8 --release --min-api 26 --lib "$jdk" --classpath "$interfaces" \
  --output "$work/dex" "$runtime" "$work/app.jar"
cp "$model" "$work/assets/shop.attar"
# aapt wants the package in the manifest; Gradle's plugin takes it from the build file.
sed 's/<manifest /<manifest package="io.attar.example" android:versionCode="1" /' \
  "$here/src/main/AndroidManifest.xml" > "$work/AndroidManifest.xml"
aapt package -M "$work/AndroidManifest.xml" -A "$work/assets" -I "$framework" \
  --min-sdk-version 26 --target-sdk-version 34 -F "$work/unaligned.apk"
(cd "$work/dex" && aapt add -k "$work/unaligned.apk" classes.dex > /dev/null)
zipalign 4 "$work/unaligned.apk" "$work/aligned.apk"
keytool -genkeypair -keystore "$work/keys" -storepass example -alias example -keyalg RSA -keysize 2048 -validity 365 \
  -dname CN=example 2> /dev/null
apksigner sign --ks "$work/keys" --ks-pass pass:example --out "$work/signed.apk" "$work/aligned.apk"
apksigner verify --min-sdk-version 26 "$work/signed.apk"
zipalign -c 4 "$work/signed.apk"
aapt dump badging "$work/signed.apk" | grep -E '^(package|sdkVersion|launchable-activity)'
mv "$work/signed.apk" "$target"
echo "$target: $(stat -c %s "$target") bytes"
