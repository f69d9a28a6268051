/* Starts the Android runtime of Debian's package android-libart (11.0) on Linux and calls a main method.
 * Arguments: the boot class path (dex), the main class, the main method's arguments.
 *
 * The core library is core.java.txt, which has only what our program needs. So the steps of ART's start that look
 * up all the rest are left out, by a return at their entry: the registration of native methods of classes nobody
 * here calls, and the table of intrinsics, which only makes known methods faster. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <jni.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define ANDROID "/usr/lib/x86_64-linux-gnu/android/"

static const char* const LEFT_OUT[] = {
    "_ZN3art20InitializeIntrinsicsEv",
    "_ZN3art24register_java_lang_ClassEP7_JNIEnv",
    "_ZN3art24register_sun_misc_UnsafeEP7_JNIEnv",
    "_ZN3art25register_java_lang_ThreadEP7_JNIEnv",
    "_ZN3art30register_dalvik_system_DexFileEP7_JNIEnv",
    "_ZN3art30register_dalvik_system_VMDebugEP7_JNIEnv",
    "_ZN3art30register_dalvik_system_VMStackEP7_JNIEnv",
    "_ZN3art32register_dalvik_system_VMRuntimeEP7_JNIEnv",
    "_ZN3art32register_java_lang_VMClassLoaderEP7_JNIEnv",
    "_ZN3art32register_java_lang_ref_ReferenceEP7_JNIEnv",
    "_ZN3art32register_java_lang_reflect_FieldEP7_JNIEnv",
    "_ZN3art32register_java_lang_reflect_ProxyEP7_JNIEnv",
    "_ZN3art33register_java_lang_reflect_MethodEP7_JNIEnv",
    "_ZN3art34register_dalvik_system_ZygoteHooksEP7_JNIEnv",
    "_ZN3art34register_libcore_util_CharsetUtilsEP7_JNIEnv",
    "_ZN3art36register_java_lang_reflect_ParameterEP7_JNIEnv",
    "_ZN3art37register_java_lang_reflect_ExecutableEP7_JNIEnv",
    "_ZN3art38register_java_lang_reflect_ConstructorEP7_JNIEnv",
    "_ZN3art41register_dalvik_system_BaseDexClassLoaderEP7_JNIEnv",
    "_ZN3art41register_java_lang_ref_FinalizerReferenceEP7_JNIEnv",
    "_ZN3art42register_java_lang_invoke_MethodHandleImplEP7_JNIEnv",
    "_ZN3art47register_java_util_concurrent_atomic_AtomicLongEP7_JNIEnv",
    "_ZN3art49register_org_apache_harmony_dalvik_ddmc_DdmServerEP7_JNIEnv",
    "_ZN3art53register_org_apache_harmony_dalvik_ddmc_DdmVmInternalEP7_JNIEnv",
};

static int leave_out(void* art, const char* name) {
  uint8_t* entry = dlsym(art, name);
  if (entry == NULL) {
    fprintf(stderr, "host: libart lacks %s: this works with android-libart 11.0 only\n", name);
    return 0;
  }
  long page = sysconf(_SC_PAGESIZE);
  void* start = (void*) ((uintptr_t) entry & ~(uintptr_t) (page - 1));
  if (mprotect(start, page, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) {
    perror("host: mprotect");
    return 0;
  }
  *entry = 0xC3; /* ret, on x86-64 */
  return mprotect(start, page, PROT_READ | PROT_EXEC) == 0;
}

int main(int count, char** arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: host <boot class path> <main class> [argument ...]\n");
    return 2;
  }
  void* art = dlopen(ANDROID "libart.so.0", RTLD_NOW | RTLD_GLOBAL);
  if (art == NULL) {
    fprintf(stderr, "host: %s\n", dlerror());
    return 1;
  }
  for (size_t i = 0; i < sizeof LEFT_OUT / sizeof LEFT_OUT[0]; i++) {
    if (!leave_out(art, LEFT_OUT[i])) {
      return 1;
    }
  }
  char boot[8192];
  snprintf(boot, sizeof boot, "-Xbootclasspath:%s", arguments[1]);
  JavaVMOption options[] = {
      {boot, NULL},
      {"-Ximage:/nonexistent/boot.art", NULL}, /* no compiled boot image: all code comes from the dex files */
      {"-Xint", NULL},
      {"-Xusejit:false", NULL},
      {"-XX:LargeObjectSpace=disabled", NULL},
      {"-Xms256m", NULL},
      {"-Xmx1g", NULL},
  };
  JavaVMInitArgs start = {JNI_VERSION_1_6, sizeof options / sizeof options[0], options, JNI_FALSE};
  jint (*create)(JavaVM**, JNIEnv**, void*) = (jint(*)(JavaVM**, JNIEnv**, void*)) dlsym(art, "JNI_CreateJavaVM");
  JavaVM* machine;
  JNIEnv* env;
  if (create == NULL || create(&machine, &env, &start) != JNI_OK) {
    fprintf(stderr, "host: the Android runtime does not start\n");
    return 1;
  }
  jclass type = (*env)->FindClass(env, arguments[2]);
  jmethodID entry = type == NULL ? NULL : (*env)->GetStaticMethodID(env, type, "main", "([Ljava/lang/String;)V");
  if (entry != NULL) {
    jobjectArray list =
        (*env)->NewObjectArray(env, count - 3, (*env)->FindClass(env, "java/lang/String"), NULL);
    for (int i = 3; i < count; i++) {
      (*env)->SetObjectArrayElement(env, list, i - 3, (*env)->NewStringUTF(env, arguments[i]));
    }
    (*env)->CallStaticVoidMethod(env, type, entry, list);
  }
  int failed = (*env)->ExceptionCheck(env);
  if (failed) {
    (*env)->ExceptionDescribe(env);
  }
  fflush(stdout);
  _exit(failed); /* our core library has no threads to wait for */
}
