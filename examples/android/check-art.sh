#!/usr/bin/env bash
# Are the runtime's answers the same bits on a JVM, from dex on a JVM, and from dex on Android's own virtual machine?
#
#   examples/android/check-art.sh [model.attar ...]
#
# Without an argument: the golden files and the students of docs/results. Needs Linux on x86-64, the runtime's jar
# (mvn -pl runtime verify, which also fetches the dexer), a C compiler and from Debian 12:
#   apt-get install android-libart android-libnativebridge android-libnativeloader android-libbacktrace \
#     android-libziparchive android-libbase android-liblog enjarify
# Every leg is run for every model; what cannot be run makes the check fail.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
libraries=/usr/lib/x86_64-linux-gnu

fail() { echo "check-art: $*" >&2; exit 1; }
for tool in java javac jar gcc awk enjarify; do
  command -v "$tool" > /dev/null || fail "$tool is missing; see the head of this script"
done
preload=
for library in android/libsigchain.so.0 android/liblog.so.0 android/libbase.so.0 android/libziparchive.so.0 \
    android/libbacktrace.so.0 android/libnativebridge.so.0 android/libnativeloader.so.0 liblz4.so.1; do
  [ -e "$libraries/$library" ] || fail "$libraries/$library is missing; see the head of this script"
  preload="$preload $libraries/$library"
done
[ -e "$libraries/android/libart.so.0" ] || fail "$libraries/android/libart.so.0 is missing; see the head of this script"
runtime=$(find "$root/runtime/target" -maxdepth 1 -name 'attar-runtime-*.jar' 2> /dev/null | head -n 1)
[ -n "$runtime" ] || fail "the runtime's jar is missing: run mvn -pl runtime verify"
r8=$(find "${MAVEN_REPOSITORY:-$HOME/.m2/repository}/com/android/tools/r8" -name 'r8-*.jar' 2> /dev/null | sort -V | tail -n 1)
[ -n "$r8" ] || fail "the dexer is missing: run mvn -pl runtime verify"
jdk=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")

if [ $# -gt 0 ]; then
  models=("$@")
else
  models=("$root"/runtime/src/test/resources/golden/*.attar "$root"/docs/results/*/student.attar)
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The program, and both it and the runtime as dex: for a phone of API 26, and for enjarify, which cannot express
# the static interface methods that dex has from API 24 on.
mkdir "$work/program" "$work/dex" "$work/dex23"
javac -nowarn --release 11 -cp "$runtime" -d "$work/program" "$here/check/ResultHash.java" 2> "$work/log" || { cat "$work/log"; exit 1; }
jar cf "$work/program.jar" -C "$work/program" .
dex() { java -cp "$r8" com.android.tools.r8.D8 --release "$@"; }
dex --min-api 26 --lib "$jdk" --output "$work/dex" "$runtime" "$work/program.jar"
dex --min-api 23 --lib "$jdk" --output "$work/dex23" "$runtime" "$work/program.jar"
# The system's Python, which enjarify is installed for, before any other.
PATH=/usr/bin:$PATH enjarify -f -o "$work/back.jar" "$work/dex23/classes.dex" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }

# ART with the least core library.
mkdir "$work/core" "$work/classes" "$work/lib" "$work/android"
awk -v out="$work/core" '
  function start(name) {
    folder = package; gsub(/\./, "/", folder); folder = out "/" folder
    system("mkdir -p " folder)
    file = folder "/" name ".java"
    print "package " package ";" > file
  }
  /^==== / { package = $2; next }
  package == "" { next }
  $1 == "throwables" {
    for (i = 2; $i != ":"; i++) {
      start($i)
      print "public class " $i " extends " $NF " {" > file
      print "  public " $i "() {}" > file
      print "  public " $i "(String message) { super(message); }" > file
      print "  public " $i "(String message, Throwable cause) { super(message, cause); }\n}" > file
    }
    next
  }
  $1 == "methods" { for (i = 0; i < $2; i++) print "  public void unused" i "() {}" > file; next }
  /^[^ }]/ && match($0, /(class|interface) [A-Za-z0-9]+/) { split(substr($0, RSTART, RLENGTH), word, " "); start(word[2]) }
  { print > file }' "$here/check/core.java.txt"
find "$work/core" -name '*.java' > "$work/sources"
javac -nowarn -source 8 -target 8 -bootclasspath /nonexistent -extdirs /nonexistent -proc:none -encoding UTF-8 \
  -d "$work/classes" "@$work/sources" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
find "$work/classes" -name '*.class' -exec \
  java -cp "$r8" com.android.tools.r8.D8 --release --min-api 26 --output "$work/core.jar" {} +
compile=(gcc -O1 -Wall -Wextra -Wno-unused-parameter -Werror "-I$jdk/include" "-I$jdk/include/linux")
"${compile[@]}" -o "$work/host" "$here/check/host.c" -ldl
# ART loads its core library's native half under three names.
"${compile[@]}" -shared -fPIC -o "$work/lib/libopenjdk.so" "$here/check/natives.c" -lm
cp "$work/lib/libopenjdk.so" "$work/lib/libjavacore.so"
cp "$work/lib/libopenjdk.so" "$work/lib/libicu_jni.so"
(cd "$work/dex" && jar cf "$work/app.jar" classes.dex)
on_art() {
  ANDROID_ROOT=$work/android ANDROID_ART_ROOT=$work/android ANDROID_I18N_ROOT=$work/android \
    ANDROID_TZDATA_ROOT=$work/android ANDROID_DATA=$work/android LD_LIBRARY_PATH=$work/lib LD_PRELOAD=$preload \
    "$work/host" "$work/core.jar:$work/app.jar" ResultHash "$1" 2> "$work/log" || { cat "$work/log" >&2; return 1; }
}

different=0
printf '%-50s %12s %12s %12s\n' model JVM 'dex on JVM' ART
for model in "${models[@]}"; do
  [ -f "$model" ] || fail "no model file: $model"
  jvm=$(java -cp "$runtime:$work/program.jar" ResultHash "$model")
  back=$(java -cp "$work/back.jar" ResultHash "$model")
  art=$(on_art "$model") || fail "ART on $model: ${art:-no answer}"
  [ -n "$jvm" ] && [ "$jvm" = "$back" ] && [ "$jvm" = "$art" ] || different=1
  printf '%-50s %12s %12s %12s\n' "$(basename "$(dirname "$model")")/$(basename "$model")" "$jvm" "$back" "$art"
done
[ "$different" = 0 ] || fail "the answers differ"
echo "1,000 queries a model: the same answers, bit for bit, everywhere"
