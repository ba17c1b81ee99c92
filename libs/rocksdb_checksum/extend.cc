#include "libs/rocksdb_checksum/extend.h"

#if defined(__x86_64__)
#include <nmmintrin.h>

#include <cstring>

namespace {

const bool kHasInstruction = __builtin_cpu_supports("sse4.2");

__attribute__((target("sse4.2"))) uint32_t ExtendByInstruction(uint32_t crc, const char* data,
                                                               size_t size) {
  uint64_t sum = crc ^ 0xffffffffu;
  for (; size >= sizeof(uint64_t); data += sizeof(uint64_t), size -= sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, data, sizeof(word));
    sum = _mm_crc32_u64(sum, word);
  }
  auto rest = static_cast<uint32_t>(sum);
  for (; size > 0; ++data, --size) rest = _mm_crc32_u8(rest, static_cast<uint8_t>(*data));
  return rest ^ 0xffffffffu;
}

}  // namespace

uint32_t __wrap__ZN7rocksdb6crc32c6ExtendEjPKcm(uint32_t crc, const char* data, size_t size) {
  if (!kHasInstruction) return __real__ZN7rocksdb6crc32c6ExtendEjPKcm(crc, data, size);
  return ExtendByInstruction(crc, data, size);
}

#else

// The packages for other processors ask the processor themselves.
uint32_t __wrap__ZN7rocksdb6crc32c6ExtendEjPKcm(uint32_t crc, const char* data, size_t size) {
  return __real__ZN7rocksdb6crc32c6ExtendEjPKcm(crc, data, size);
}

#endif
