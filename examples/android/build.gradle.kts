plugins {
  id("com.android.application") version "8.7.3"
}

// Another model: gradle assembleDebug -Pattar.model=/path/to/shop.attar
val model = providers.gradleProperty("attar.model").orElse("../../docs/results/retailrocket/student.attar")

android {
  namespace = "io.attar.example"
  compileSdk = 34

  defaultConfig {
    applicationId = "io.attar.example"
    minSdk = 26
    targetSdk = 34
    versionCode = 1
    versionName = "1"
  }
  compileOptions {
    sourceCompatibility = JavaVersion.VERSION_11
    targetCompatibility = JavaVersion.VERSION_11
  }
  sourceSets["main"].assets.srcDir(layout.buildDirectory.dir("model"))
}

val copyModel = tasks.register<Copy>("copyModel") {
  from(model)
  into(layout.buildDirectory.dir("model"))
  rename { "shop.attar" }
}

tasks.named("preBuild") { dependsOn(copyModel) }

dependencies {
  // Built by: mvn -pl runtime package
  implementation(fileTree("../../runtime/target") { include("attar-runtime-*.jar") })
}
