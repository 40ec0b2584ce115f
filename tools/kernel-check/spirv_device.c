// Lets PoCL 3 take SPIR-V from TornadoVM's SPIR-V backend: it says that its devices do, and makes LLVM
// bitcode of each module (SPIR, which PoCL takes as a binary) with llvm-spirv.
//
//   LD_PRELOAD=spirv_device.so    beside -Dtornado.spirv.runtimes=opencl
//   KERNEL_CHECK_DIR              each module is written there, once, under a name made of its content
//   LLVM_SPIRV                    the translator: llvm-spirv if not set
#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The loader's own function of this name.
static void *loaders(const char *name) {
  static void *library;
  if (!library) library = dlopen("libOpenCL.so.1", RTLD_NOW);
  return dlsym(library, name);
}

cl_int clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t size, void *value,
                       size_t *needed) {
  static const char version[] = "SPIR-V_1.2";
  if (what != CL_DEVICE_IL_VERSION) {
    return ((__typeof__(&clGetDeviceInfo)) loaders("clGetDeviceInfo"))(device, what, size, value,
                                                                         needed);
  }
  if (needed) *needed = sizeof version;
  if (value && size < sizeof version) return CL_INVALID_VALUE;
  if (value) memcpy(value, version, sizeof version);
  return CL_SUCCESS;
}

static cl_program failed(const char *what, const char *file, cl_int *error) {
  fprintf(stderr, "kernel check: %s of %s failed\n", what, file);
  if (error) *error = CL_INVALID_VALUE;
  return NULL;
}

cl_program clCreateProgramWithIL(cl_context context, const void *module, size_t size, cl_int *error) {
  const char *folder = getenv("KERNEL_CHECK_DIR");
  const char *translator = getenv("LLVM_SPIRV");
  const unsigned char *bytes = module;
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 0x100000001b3u;
  char base[512], file[600], command[2048];
  snprintf(base, sizeof base, "%s/%016llx", folder ? folder : ".", (unsigned long long) hash);
  snprintf(file, sizeof file, "%s.spv", base);
  FILE *stream = fopen(file, "wb");
  if (!stream) return failed("writing", file, error);
  fwrite(module, 1, size, stream);
  fclose(stream);
  snprintf(command, sizeof command, "%s -r %s.spv -o %s.bc", translator ? translator : "llvm-spirv",
           base, base);
  if (system(command) != 0) return failed("translation", file, error);
  snprintf(file, sizeof file, "%s.bc", base);
  stream = fopen(file, "rb");
  if (!stream) return failed("reading", file, error);
  fseek(stream, 0, SEEK_END);
  size_t length = ftell(stream);
  rewind(stream);
  unsigned char *bitcode = malloc(length);
  size_t got = fread(bitcode, 1, length, stream);
  fclose(stream);
  if (got != length) return failed("reading", file, error);
  cl_device_id device;
  clGetContextInfo(context, CL_CONTEXT_DEVICES, sizeof device, &device, NULL);
  const unsigned char *binaries[] = {bitcode};
  cl_program program =
      clCreateProgramWithBinary(context, 1, &device, &length, binaries, NULL, error);
  free(bitcode);
  return program;
}

cl_int clBuildProgram(cl_program program, cl_uint count, const cl_device_id *devices,
                      const char *options, void(CL_CALLBACK *notify)(cl_program, void *),
                      void *data) {
  char all[1024];
  snprintf(all, sizeof all, "%s -x spir -spir-std=1.2", options ? options : "");
  return ((__typeof__(&clBuildProgram)) loaders("clBuildProgram"))(program, count, devices, all,
                                                                     notify, data);
}
