#include "engine/cli/output_file.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temporary_folder.h"

namespace shaketable::engine {
namespace {

TEST(OutputFileTest, ReplacesAFileAndLeavesNothingBeside) {
  const TemporaryFolder folder;
  const std::string path = folder.write("result.json", "old");

  ASSERT_TRUE(write_output(path, "new").has_value());

  EXPECT_EQ(TemporaryFolder::read(path), "new");
  EXPECT_EQ(folder.count(), 1U);
}

TEST(OutputFileTest, ANewFileMayBeReadByOthersAndAnOldOneKeepsItsRights) {
  const TemporaryFolder folder;
  const std::string old = folder.write("old", "");
  ASSERT_EQ(chmod(old.c_str(), 0640), 0);
  const mode_t mask = umask(022);

  ASSERT_TRUE(write_output(folder / "new", "x").has_value());
  ASSERT_TRUE(write_output(old, "x").has_value());

  umask(mask);
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(folder / "new").permissions(), perms(0644));
  EXPECT_EQ(std::filesystem::status(old).permissions(), perms(0640));
}

TEST(OutputFileTest, CheckingLeavesNoTrace) {
  const TemporaryFolder folder;
  const std::string old = folder.write("old", "content");

  EXPECT_TRUE(check_output(folder / "new").has_value());
  EXPECT_TRUE(check_output(old).has_value());
  EXPECT_TRUE(check_output("-").has_value());

  EXPECT_EQ(folder.count(), 1U);
  EXPECT_EQ(TemporaryFolder::read(old), "content");
}

TEST(OutputFileTest, RefusesAFolderAndAFolderThatIsNotThere) {
  const TemporaryFolder folder;

  const auto to_folder = check_output(folder.path());
  const auto to_nowhere = check_output(folder / "missing/result.json");

  ASSERT_FALSE(to_folder.has_value());
  EXPECT_EQ(to_folder.error().message, "cannot write: it is a folder");
  ASSERT_FALSE(to_nowhere.has_value());
  EXPECT_EQ(to_nowhere.error().where, folder / "missing/result.json");
}

TEST(OutputFileTest, RefusesAFileThatWasRead) {
  const TemporaryFolder folder;
  const std::vector<std::string> inputs{folder.write("scenario.yaml", "text"), folder / "gone"};
  std::filesystem::create_symlink(inputs[0], folder / "link");

  for (const char* name : {"scenario.yaml", "./scenario.yaml", "link"}) {
    const auto checked = check_output(folder / name, inputs);
    ASSERT_FALSE(checked.has_value()) << name;
    EXPECT_EQ(checked.error().message, "will not write over a file that this command reads");
  }
  EXPECT_TRUE(check_output(folder / "result.json", inputs).has_value());
  EXPECT_TRUE(check_output("-", inputs).has_value());
  EXPECT_EQ(TemporaryFolder::read(inputs[0]), "text");
}

TEST(OutputFileTest, ALinkStaysAndItsTargetIsReplaced) {
  const TemporaryFolder folder;
  const std::string target = folder.write("target", "old");
  std::filesystem::create_symlink(target, folder / "link");

  ASSERT_TRUE(write_output(folder / "link", "new").has_value());

  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(TemporaryFolder::read(target), "new");
}

TEST(OutputFileTest, ADeviceIsWrittenDirectlyAndAFullOneIsAnError) {
  EXPECT_TRUE(check_output("/dev/null").has_value());
  EXPECT_TRUE(write_output("/dev/null", "text").has_value());

  const auto full = write_output("/dev/full", "text");

  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().message, "cannot write: No space left on device");
}

TEST(OutputFileTest, AFileNameKeepsOnlyWhatIsHarmless) {
  EXPECT_EQ(file_name_part("payment-brownout_2.1"), "payment-brownout_2.1");
  EXPECT_EQ(file_name_part("../../etc/passwd"), "_._.._etc_passwd");
  EXPECT_EQ(file_name_part(".hidden"), "_hidden");
  EXPECT_EQ(file_name_part("--help"), "_-help");
  EXPECT_EQ(file_name_part(""), "scenario");
  EXPECT_EQ(file_name_part("caf\xc3\xa9"), "caf__");
  EXPECT_EQ(file_name_part(std::string(500, 'x')).size(), 100U);
}

}  // namespace
}  // namespace shaketable::engine
