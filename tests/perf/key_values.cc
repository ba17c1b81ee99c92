#include "tests/perf/key_values.h"

#include <filesystem>
#include <fstream>
#include <memory>

#include "libs/projection/rocksdb/rocksdb_store.h"
#include "rocksdb/db.h"

namespace redress::perf {

absl::StatusOr<uint64_t> KeyValuesWritten(const std::string& data_dir, const std::string& service,
                                          const std::string& scratch) {
  const std::string folder = data_dir + "/" + service;
  std::string fingerprint;
  if (!std::getline(std::ifstream(folder + "/CURRENT"), fingerprint)) {
    return absl::NotFoundError(folder + "/CURRENT cannot be read");
  }
  std::filesystem::create_directories(scratch);
  rocksdb::Options options;
  options.max_open_files = -1;  // as a secondary requires
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status opened = rocksdb::DB::OpenAsSecondary(options, folder + "/" + fingerprint,
                                                              scratch + "/" + service, &raw);
  const std::unique_ptr<rocksdb::DB> db(raw);
  if (!opened.ok()) return FromRocksDb(opened, "look at projection " + folder);
  return db->GetLatestSequenceNumber();
}

}  // namespace redress::perf
