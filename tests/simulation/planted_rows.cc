#include "tests/simulation/planted_rows.h"

#include <utility>

#include "libs/base/status.h"
#include "libs/projection/row_key.h"
#include "services/sla_timer/projection/sla_projection.h"
#include "tests/simulation/process.h"

namespace redress::simulation {
namespace {

bool IsTimer(std::string_view key) {
  return key.size() > 1 && key[0] == kWorkTable &&
         static_cast<uint8_t>(key[1]) == sla_timer::kTimer;
}

class PlantedStore final : public ProjectionStore {
 public:
  PlantedStore(std::unique_ptr<ProjectionStore> inner, int service, Bug bug)
      : inner_(std::move(inner)), service_(service), bug_(bug) {}

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) const override {
    return inner_->Get(key);
  }
  absl::Status Scan(
      std::string_view from, std::string_view to, bool reverse,
      absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const override {
    return inner_->Scan(from, to, reverse, visit);
  }
  absl::Status Write(const RowBatch& batch) override {
    RowBatch positions;
    RowBatch rows;
    for (const RowBatch::Row& row : batch.rows()) {
      const bool apart = bug_ == Bug::kPositionsOutsideBatch && row.key[0] == kPositionTable;
      if (bug_ == Bug::kTimerInMemory && service_ == kSlaTimer && row.value && IsTimer(row.key))
        continue;
      RowBatch& to = apart ? positions : rows;
      row.value ? to.Put(row.key, *row.value) : to.Delete(row.key);
    }
    if (!positions.empty()) REDRESS_RETURN_IF_ERROR(inner_->Write(positions));
    return inner_->Write(rows);
  }
  Memory memory() const override { return inner_->memory(); }

 private:
  const std::unique_ptr<ProjectionStore> inner_;
  const int service_;
  const Bug bug_;
};

class ForgetfulIndex final : public ClosedRequestIndex {
 public:
  absl::StatusOr<std::optional<ClosedRequest>> Find(Topic, const RowNumber&,
                                                    const RequestId&) override {
    return std::optional<ClosedRequest>();
  }
};

}  // namespace

std::unique_ptr<ProjectionStore> WithPlantedRows(std::unique_ptr<ProjectionStore> store,
                                                 int service, Bug bug) {
  if (bug != Bug::kPositionsOutsideBatch && bug != Bug::kTimerInMemory) return store;
  return std::make_unique<PlantedStore>(std::move(store), service, bug);
}

std::unique_ptr<ClosedRequestIndex> NewForgetfulIndex() {
  return std::make_unique<ForgetfulIndex>();
}

}  // namespace redress::simulation
