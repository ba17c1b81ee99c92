#include "libs/rocksdb_checksum/extend.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

// The header that declares it is not part of RocksDB's interface.
namespace rocksdb::crc32c {
uint32_t Extend(uint32_t crc, const char* data, size_t size);
}

namespace redress {
namespace {

std::string Bytes(size_t size) {
  std::string bytes(size, '\0');
  uint32_t state = 1;
  for (char& byte : bytes) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return bytes;
}

// Check value of CRC-32C (RFC 3720, B.4: the polynomial of iSCSI).
TEST(RocksDbChecksum, IsCrc32c) {
  EXPECT_EQ(rocksdb::crc32c::Extend(0, "123456789", 9), 0xe3069283u);
}

TEST(RocksDbChecksum, CallsOfRocksDbComeHere) {
  EXPECT_EQ(&rocksdb::crc32c::Extend, &__wrap__ZN7rocksdb6crc32c6ExtendEjPKcm);
}

TEST(RocksDbChecksum, EqualsRocksDbsOwnAtEverySizeAndAlignment) {
  const std::string bytes = Bytes(300);
  for (size_t begin = 0; begin < 16; ++begin) {
    for (size_t size = 0; begin + size <= bytes.size(); ++size) {
      ASSERT_EQ(__wrap__ZN7rocksdb6crc32c6ExtendEjPKcm(7, bytes.data() + begin, size),
                __real__ZN7rocksdb6crc32c6ExtendEjPKcm(7, bytes.data() + begin, size))
          << "from " << begin << ", " << size << " bytes";
    }
  }
}

TEST(RocksDbChecksum, PartsAddUpToTheWhole) {
  const std::string bytes = Bytes(100'003);
  const uint32_t whole = rocksdb::crc32c::Extend(0, bytes.data(), bytes.size());
  EXPECT_EQ(whole, __real__ZN7rocksdb6crc32c6ExtendEjPKcm(0, bytes.data(), bytes.size()));
  for (size_t cut : {1, 7, 8, 4096, 99'999}) {
    const uint32_t front = rocksdb::crc32c::Extend(0, bytes.data(), cut);
    EXPECT_EQ(rocksdb::crc32c::Extend(front, bytes.data() + cut, bytes.size() - cut), whole) << cut;
  }
}

}  // namespace
}  // namespace redress
