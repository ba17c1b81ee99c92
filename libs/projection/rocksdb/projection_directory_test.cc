#include "libs/projection/rocksdb/projection_directory.h"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace redress {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Dies after a number of steps: that step and all later ones fail. A tree is removed file by file,
// so a crash can leave half of it.
class DyingFiles final : public DirectoryFiles {
 public:
  explicit DyingFiles(int steps) : steps_(steps) {}
  bool dead() const { return steps_ < 0; }

  absl::Status MakeDirectory(const std::string& path) override {
    return Step([&] { return Default()->MakeDirectory(path); });
  }
  absl::Status WriteSynced(const std::string& path, std::string_view content) override {
    // First half of the content, then all of it.
    absl::Status half =
        Step([&] { return Default()->WriteSynced(path, content.substr(0, content.size() / 2)); });
    if (!half.ok()) return half;
    return Step([&] { return Default()->WriteSynced(path, content); });
  }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    return Step([&] { return Default()->Rename(from, to); });
  }
  absl::Status SyncDirectory(const std::string& path) override {
    return Step([&] { return Default()->SyncDirectory(path); });
  }
  absl::Status RemoveTree(const std::string& path) override {
    std::set<std::string> files;
    if (fs::exists(path)) {
      for (const auto& entry : fs::directory_iterator(path)) files.insert(entry.path());
    }
    for (const std::string& file : files) {
      absl::Status status = Step([&] { return Default()->RemoveTree(file); });
      if (!status.ok()) return status;
    }
    return Step([&] { return Default()->RemoveTree(path); });
  }

 private:
  absl::Status Step(const std::function<absl::Status()>& step) {
    if (--steps_ < 0) return absl::AbortedError("crash");
    return step();
  }
  int steps_;
};

class ProjectionDirectoryTest : public ::testing::Test {
 protected:
  ProjectionDirectoryTest() {
    static std::atomic<int> count{0};
    data_ = absl::StrCat(::testing::TempDir(), "/projection_directory_", getpid(), "_", ++count);
    fs::remove_all(data_);
  }
  ~ProjectionDirectoryTest() override { fs::remove_all(data_); }

  ProjectionDirectory Open() {
    auto opened = ProjectionDirectory::Open(data_, "intake");
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }
  // A projection of two files, the active one.
  void Build(const std::string& fingerprint) {
    ProjectionDirectory directory = Open();
    Fill(*directory.Prepare(fingerprint));
    ASSERT_TRUE(directory.Activate(fingerprint).ok());
  }
  static void Fill(const std::string& dir) {
    std::ofstream(dir + "/1") << "rows";
    std::ofstream(dir + "/2") << "rows";
  }
  // 0: nothing there; 1: partly; 2: both files.
  static int Files(const std::string& dir) {
    return fs::exists(dir + "/1") + fs::exists(dir + "/2");
  }
  std::set<std::string> Names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(data_ + "/intake"))
      names.insert(entry.path().filename());
    return names;
  }

  std::string data_;
};

TEST_F(ProjectionDirectoryTest, FirstProjectionServesOnceActivated) {
  {
    ProjectionDirectory directory = Open();
    EXPECT_EQ(directory.active(), std::nullopt);
    const auto path = directory.Prepare("a1");
    ASSERT_TRUE(path.ok());
    EXPECT_EQ(*path, data_ + "/intake/a1");
    EXPECT_TRUE(fs::is_directory(*path));
    EXPECT_EQ(directory.active(), std::nullopt);
    EXPECT_THAT(*directory.RemoveOthers(), IsEmpty()) << "nothing is active: nothing may go";
    ASSERT_TRUE(directory.Activate("a1").ok());
    EXPECT_EQ(directory.active(), "a1");
  }
  EXPECT_EQ(Open().active(), "a1");
}

TEST_F(ProjectionDirectoryTest, AnotherFingerprintIsBuiltBesideTheOneThatServes) {
  Build("a1");
  ProjectionDirectory directory = Open();
  ASSERT_TRUE(directory.Prepare("b2").ok());
  EXPECT_EQ(directory.active(), "a1");
  EXPECT_EQ(Files(directory.PathOf("a1")), 2);
  ASSERT_TRUE(directory.Activate("b2").ok());
  EXPECT_EQ(Files(directory.PathOf("a1")), 2) << "it may still be serving";
  EXPECT_THAT(*directory.RemoveOthers(), ElementsAre("a1"));
  EXPECT_THAT(Names(), ElementsAre("CURRENT", "LOCK", "b2"));
  EXPECT_THAT(*directory.RemoveOthers(), IsEmpty());
}

TEST_F(ProjectionDirectoryTest, SecondUserIsRefusedByName) {
  ProjectionDirectory first = Open();
  const auto second = ProjectionDirectory::Open(data_, "intake");
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(second.status().message(), HasSubstr(data_ + "/intake"));
  EXPECT_TRUE(ProjectionDirectory::Open(data_, "router").ok());
}

TEST_F(ProjectionDirectoryTest, CurrentThatNamesNothingIsDataLoss) {
  Build("a1");
  for (const char* content : {"", "a1", "../a1\n", "c3\n", "A1\n"}) {
    std::ofstream(data_ + "/intake/CURRENT") << content;
    EXPECT_EQ(ProjectionDirectory::Open(data_, "intake").status().code(),
              absl::StatusCode::kDataLoss)
        << content;
  }
  fs::remove(data_ + "/intake/CURRENT");
  EXPECT_EQ(Open().active(), std::nullopt);
}

TEST_F(ProjectionDirectoryTest, FingerprintThatIsNoFileNameIsRefused) {
  for (const char* bad : {"", "..", "a/b", "A", "a.gone"}) {
    EXPECT_EQ(Open().Prepare(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST_F(ProjectionDirectoryTest, CrashAfterAnyStepOfAReplacementLeavesOneWholeProjectionThatServes) {
  bool finished = false;
  int steps = 0;
  for (; !finished; ++steps) {
    SCOPED_TRACE(steps);
    ASSERT_LT(steps, 100);
    fs::remove_all(data_);
    Build("a1");
    {
      DyingFiles files(steps);
      auto directory = ProjectionDirectory::Open(data_, "intake", &files);
      if (directory.ok()) {
        const auto path = directory->Prepare("b2");
        if (path.ok()) Fill(*path);
        if (path.ok() && directory->Activate("b2").ok()) finished = directory->RemoveOthers().ok();
      }
      EXPECT_EQ(files.dead(), !finished);
    }
    ProjectionDirectory after = Open();
    ASSERT_TRUE(after.active() == "a1" || after.active() == "b2");
    EXPECT_EQ(Files(after.PathOf(*after.active())), 2);
    // Under its own name a projection is whole or absent, never half removed.
    EXPECT_NE(Files(after.PathOf("a1")), 1);
    // What the crash interrupted can be done again, and leaves nothing behind.
    ASSERT_TRUE(after.Prepare("b2").ok());
    Fill(after.PathOf("b2"));
    ASSERT_TRUE(after.Activate("b2").ok());
    ASSERT_TRUE(after.RemoveOthers().ok());
    fs::remove(data_ + "/intake/CURRENT.next");
    EXPECT_THAT(Names(), ElementsAre("CURRENT", "LOCK", "b2"));
  }
  EXPECT_GT(steps, 10);
}

TEST_F(ProjectionDirectoryTest, RemainderOfAnOlderRemovalNeverHindersTheNext) {
  Build("a1");
  ProjectionDirectory directory = Open();
  // A crash in the middle of a removal, twice, and the active one was once on its way out too.
  for (const char* name : {"b2.gone", "a1.gone", "b2"}) {
    fs::create_directories(data_ + "/intake/" + name);
    Fill(data_ + "/intake/" + name);
  }
  ASSERT_TRUE(directory.RemoveOthers().ok());
  EXPECT_THAT(Names(), ElementsAre("CURRENT", "LOCK", "a1"));
  EXPECT_EQ(Files(directory.PathOf("a1")), 2);
}

}  // namespace
}  // namespace redress
