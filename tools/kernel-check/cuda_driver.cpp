// A CUDA driver for a machine without a GPU, as far as TornadoVM's PTX backend calls it. Memory is the
// host's; launches are carried out at once, by kernels that ptx_to_c.py has translated.
//
//   KERNEL_CHECK_DIR        each module is written there, once, under a name made of its text
//   KERNEL_CHECK_TRANSLATE  a program that makes MODULE.so of MODULE.ptx; without it nothing runs
//   KERNEL_CHECK_REVERSE    if not empty, work-items of a group run from the last to the first
//
// Times that it tells are no times. CUDA graphs it does not have.
#include <cuda.h>
#include <dlfcn.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

namespace {
using Kernel = void (*)(void **, const char *, const unsigned *, int);

std::mutex modules;

int attribute(CUdevice_attribute which) {
  switch (which) {  // those of an H100, where TornadoVM asks
    case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X:
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y: return 1024;
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z: return 64;
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X: return 2147483647;
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y:
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z: return 65535;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK: return 48 << 10;
    case CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY: return 64 << 10;
    case CU_DEVICE_ATTRIBUTE_WARP_SIZE: return 32;
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: return 132;
    case CU_DEVICE_ATTRIBUTE_CLOCK_RATE: return 1980000;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: return 9;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR: return 0;
    default: return 1;
  }
}

template <typename T>
CUresult give(T *where, T value) {
  *where = value;
  return CUDA_SUCCESS;
}

template <typename T>
CUresult handle(T *where) {
  return give(where, static_cast<T>(std::malloc(8)));
}

bool exists(const std::string &file) {
  struct stat found;
  return stat(file.c_str(), &found) == 0;
}
}  // namespace

extern "C" {
CUresult cuInit(unsigned) { return CUDA_SUCCESS; }
CUresult cuDriverGetVersion(int *version) { return give(version, 12080); }
CUresult cuDeviceGetCount(int *count) { return give(count, 1); }
CUresult cuDeviceGet(CUdevice *device, int) { return give(device, 0); }
CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute which, CUdevice) {
  return give(value, attribute(which));
}
CUresult cuDeviceGetName(char *name, int length, CUdevice) {
  std::snprintf(name, length, "none: kernels run on the host");
  return CUDA_SUCCESS;
}
CUresult cuDeviceTotalMem(size_t *bytes, CUdevice) { return give(bytes, size_t{8} << 30); }
CUresult cuMemGetInfo(size_t *left, size_t *all) {
  *left = size_t{7} << 30;
  return give(all, size_t{8} << 30);
}
CUresult cuDeviceGetUuid(CUuuid *uuid, CUdevice) {
  std::memset(uuid, 0, sizeof *uuid);
  return CUDA_SUCCESS;
}

CUresult cuCtxCreate_v4(CUcontext *c, CUctxCreateParams *, unsigned, CUdevice) { return handle(c); }
CUresult cuCtxCreate_v2(CUcontext *c, unsigned, CUdevice) { return handle(c); }
CUresult cuCtxDestroy(CUcontext) { return CUDA_SUCCESS; }
CUresult cuCtxSetCurrent(CUcontext) { return CUDA_SUCCESS; }
CUresult cuCtxGetCurrent(CUcontext *c) { return handle(c); }
CUresult cuCtxSynchronize() { return CUDA_SUCCESS; }
CUresult cuDevicePrimaryCtxRetain(CUcontext *c, CUdevice) { return handle(c); }
CUresult cuDevicePrimaryCtxRelease(CUdevice) { return CUDA_SUCCESS; }
CUresult cuCtxGetStreamPriorityRange(int *least, int *greatest) {
  *least = 0;
  return give(greatest, -5);
}

// A module is its shared object, or null where nothing is to run.
CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned, CUjit_option *, void **) {
  std::lock_guard<std::mutex> one(modules);
  const char *text = static_cast<const char *>(image);
  const char *folder = std::getenv("KERNEL_CHECK_DIR");
  if (!folder) return CUDA_ERROR_NOT_INITIALIZED;
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  for (const char *c = text; *c; c++) hash = (hash ^ static_cast<unsigned char>(*c)) * 0x100000001b3u;
  char name[32];
  std::snprintf(name, sizeof name, "/%016llx", static_cast<unsigned long long>(hash));
  std::string file = folder + std::string(name);
  if (!exists(file + ".ptx")) {
    FILE *out = std::fopen((file + ".ptx").c_str(), "w");
    if (!out) return CUDA_ERROR_FILE_NOT_FOUND;
    std::fputs(text, out);
    std::fclose(out);
  }
  *module = nullptr;
  const char *translate = std::getenv("KERNEL_CHECK_TRANSLATE");
  if (!translate) return CUDA_SUCCESS;
  if (!exists(file + ".so") && std::system((translate + (" " + file)).c_str()) != 0) {
    std::fprintf(stderr, "kernel check: %s.ptx could not be translated\n", file.c_str());
    return CUDA_ERROR_INVALID_PTX;
  }
  *module = static_cast<CUmodule>(dlopen((file + ".so").c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!*module) std::fprintf(stderr, "kernel check: %s\n", dlerror());
  return *module ? CUDA_SUCCESS : CUDA_ERROR_INVALID_PTX;
}
CUresult cuModuleLoadData(CUmodule *module, const void *image) {
  return cuModuleLoadDataEx(module, image, 0, nullptr, nullptr);
}
CUresult cuModuleUnload(CUmodule) { return CUDA_SUCCESS; }
CUresult cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name) {
  *function = module ? static_cast<CUfunction>(dlsym(module, name)) : nullptr;
  return module && !*function ? CUDA_ERROR_NOT_FOUND : CUDA_SUCCESS;
}
CUresult cuFuncSetAttribute(CUfunction, CUfunction_attribute, int) { return CUDA_SUCCESS; }
CUresult cuFuncGetAttribute(int *value, CUfunction_attribute, CUfunction) { return give(value, 0); }
CUresult cuOccupancyMaxPotentialBlockSize(
    int *grid, int *block, CUfunction, CUoccupancyB2DSize, size_t, int) {
  *grid = 132;
  return give(block, 1024);
}
CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, CUfunction, int, size_t) {
  return give(blocks, 2);
}

// Refuses what a device would refuse.
CUresult cuLaunchKernel(CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ,
                        unsigned x, unsigned y, unsigned z, unsigned, CUstream, void **pointers,
                        void **extra) {
  if (x * y * z > 1024 || z > 64 || gridY > 65535 || gridZ > 65535) return CUDA_ERROR_INVALID_VALUE;
  const unsigned grid[] = {gridX, gridY, gridZ, x, y, z};
  const char *packed = nullptr;
  for (int i = 0; extra && extra[i] != CU_LAUNCH_PARAM_END; i += 2) {
    if (extra[i] == CU_LAUNCH_PARAM_BUFFER_POINTER) packed = static_cast<char *>(extra[i + 1]);
  }
  if (function) {
    const char *reverse = std::getenv("KERNEL_CHECK_REVERSE");
    reinterpret_cast<Kernel>(function)(pointers, packed, grid, reverse && *reverse);
  }
  return CUDA_SUCCESS;
}

// New memory holds NaN, as far as that takes no time.
CUresult cuMemAlloc(CUdeviceptr *where, size_t bytes) {
  void *memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  if (!memory) return CUDA_ERROR_OUT_OF_MEMORY;
  std::memset(memory, 0xff, bytes < (1u << 26) ? bytes : 1u << 26);
  return give(where, reinterpret_cast<CUdeviceptr>(memory));
}
CUresult cuMemAllocAsync(CUdeviceptr *where, size_t bytes, CUstream) { return cuMemAlloc(where, bytes); }
CUresult cuMemFree(CUdeviceptr memory) {
  std::free(reinterpret_cast<void *>(memory));
  return CUDA_SUCCESS;
}
CUresult cuMemFreeAsync(CUdeviceptr memory, CUstream) { return cuMemFree(memory); }
CUresult cuMemAllocHost(void **where, size_t bytes) { return give(where, std::malloc(bytes)); }
CUresult cuMemFreeHost(void *memory) {
  std::free(memory);
  return CUDA_SUCCESS;
}
CUresult cuMemHostRegister(void *, size_t, unsigned) { return CUDA_SUCCESS; }
CUresult cuMemHostUnregister(void *) { return CUDA_SUCCESS; }
CUresult cuMemcpyDtoD(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  std::memmove(reinterpret_cast<void *>(to), reinterpret_cast<void *>(from), bytes);
  return CUDA_SUCCESS;
}
CUresult cuMemcpyHtoD(CUdeviceptr to, const void *from, size_t bytes) {
  return cuMemcpyDtoD(to, reinterpret_cast<CUdeviceptr>(from), bytes);
}
CUresult cuMemcpyDtoH(void *to, CUdeviceptr from, size_t bytes) {
  return cuMemcpyDtoD(reinterpret_cast<CUdeviceptr>(to), from, bytes);
}
CUresult cuMemcpyHtoDAsync(CUdeviceptr to, const void *from, size_t bytes, CUstream) {
  return cuMemcpyHtoD(to, from, bytes);
}
CUresult cuMemcpyDtoHAsync(void *to, CUdeviceptr from, size_t bytes, CUstream) {
  return cuMemcpyDtoH(to, from, bytes);
}
CUresult cuMemcpyDtoDAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream) {
  return cuMemcpyDtoD(to, from, bytes);
}
CUresult cuMemsetD8(CUdeviceptr memory, unsigned char value, size_t bytes) {
  std::memset(reinterpret_cast<void *>(memory), value, bytes);
  return CUDA_SUCCESS;
}
CUresult cuMemsetD8Async(CUdeviceptr memory, unsigned char value, size_t bytes, CUstream) {
  return cuMemsetD8(memory, value, bytes);
}

CUresult cuStreamCreate(CUstream *stream, unsigned) { return handle(stream); }
CUresult cuStreamCreateWithPriority(CUstream *stream, unsigned, int) { return handle(stream); }
CUresult cuStreamDestroy(CUstream) { return CUDA_SUCCESS; }
CUresult cuStreamSynchronize(CUstream) { return CUDA_SUCCESS; }
CUresult cuStreamQuery(CUstream) { return CUDA_SUCCESS; }
CUresult cuStreamWaitEvent(CUstream, CUevent, unsigned) { return CUDA_SUCCESS; }
CUresult cuStreamBeginCapture(CUstream, CUstreamCaptureMode) { return CUDA_ERROR_NOT_SUPPORTED; }
CUresult cuStreamEndCapture(CUstream, CUgraph *) { return CUDA_ERROR_NOT_SUPPORTED; }
CUresult cuStreamIsCapturing(CUstream, CUstreamCaptureStatus *status) {
  return give(status, CU_STREAM_CAPTURE_STATUS_NONE);
}
CUresult cuGraphInstantiateWithFlags(CUgraphExec *, CUgraph, unsigned long long) {
  return CUDA_ERROR_NOT_SUPPORTED;
}
CUresult cuGraphLaunch(CUgraphExec, CUstream) { return CUDA_ERROR_NOT_SUPPORTED; }
CUresult cuGraphExecDestroy(CUgraphExec) { return CUDA_SUCCESS; }
CUresult cuGraphDestroy(CUgraph) { return CUDA_SUCCESS; }

CUresult cuEventCreate(CUevent *event, unsigned) { return handle(event); }
CUresult cuEventDestroy(CUevent) { return CUDA_SUCCESS; }
CUresult cuEventQuery(CUevent) { return CUDA_SUCCESS; }
CUresult cuEventRecord(CUevent, CUstream) { return CUDA_SUCCESS; }
CUresult cuEventSynchronize(CUevent) { return CUDA_SUCCESS; }
CUresult cuEventElapsedTime(float *milliseconds, CUevent, CUevent) { return give(milliseconds, 0.001f); }

CUresult cuGetErrorString(CUresult, const char **text) { return give(text, "an error"); }
CUresult cuGetErrorName(CUresult, const char **text) { return give(text, "ERROR"); }
}
