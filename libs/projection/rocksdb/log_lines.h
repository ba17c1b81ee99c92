// What RocksDB has to say, as log lines of the process instead of a file of its own: on a full disk
// RocksDB writes to its log file first of all, and in Debian's build, which keeps assertions, the
// second write after a failed one ends the process. Warnings and errors only. Thread-safe.
#pragma once

#include <cstdarg>
#include <string>

#include "rocksdb/env.h"

namespace redress {

class RocksDbLogLines final : public rocksdb::Logger {
 public:
  // `name`: the file that RocksDB would have written; it tells the database.
  explicit RocksDbLogLines(std::string name) : name_(std::move(name)) {}

  using rocksdb::Logger::Logv;
  // RocksDB puts the level before the text, "[WARN] "; without it, it is chatter.
  void Logv(const char* format, va_list arguments) override;
  // Nothing to roll over, and nothing that fails.
  size_t GetLogFileSize() const override { return 0; }

 private:
  const std::string name_;
};

}  // namespace redress
