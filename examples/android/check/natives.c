/* The native methods of core.java.txt. */
#include <fcntl.h>
#include <jni.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

JNIEXPORT jdouble Java_java_lang_Math_sqrt(JNIEnv* env, jclass type, jdouble a) { return sqrt(a); }

JNIEXPORT jfloat Java_java_lang_Float_intBitsToFloat(JNIEnv* env, jclass type, jint bits) {
  jfloat value;
  memcpy(&value, &bits, 4);
  return value;
}
JNIEXPORT jint Java_java_lang_Float_floatToRawIntBits(JNIEnv* env, jclass type, jfloat value) {
  jint bits;
  memcpy(&bits, &value, 4);
  return bits;
}
JNIEXPORT jdouble Java_java_lang_Double_longBitsToDouble(JNIEnv* env, jclass type, jlong bits) {
  jdouble value;
  memcpy(&value, &bits, 8);
  return value;
}
JNIEXPORT jlong Java_java_lang_Double_doubleToRawLongBits(JNIEnv* env, jclass type, jdouble value) {
  jlong bits;
  memcpy(&bits, &value, 8);
  return bits;
}

JNIEXPORT jint Java_java_io_FileInputStream_open(JNIEnv* env, jclass type, jstring path) {
  const char* name = (*env)->GetStringUTFChars(env, path, NULL);
  int descriptor = open(name, O_RDONLY | O_CLOEXEC);
  (*env)->ReleaseStringUTFChars(env, path, name);
  return descriptor;
}
JNIEXPORT jint Java_java_io_FileInputStream_read(JNIEnv* env, jclass type, jint descriptor, jbyteArray target) {
  jbyte* bytes = (*env)->GetByteArrayElements(env, target, NULL);
  ssize_t count = read(descriptor, bytes, (size_t) (*env)->GetArrayLength(env, target));
  (*env)->ReleaseByteArrayElements(env, target, bytes, 0);
  return (jint) count;
}
JNIEXPORT void Java_java_io_PrintStream_println(JNIEnv* env, jobject stream, jstring line) {
  const char* text = (*env)->GetStringUTFChars(env, line, NULL);
  puts(text);
  (*env)->ReleaseStringUTFChars(env, line, text);
}
