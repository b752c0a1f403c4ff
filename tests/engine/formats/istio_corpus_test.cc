#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "engine/formats/istio_codes.h"
#include "tests/engine/formats/istio_fixture.h"
#include "tests/support/shared_folder.h"

// Files and expectations of other projects, which are no part of this tree. The variable
// SHAKETABLE_SHARED names their folder (else ../shared); without it the tests are skipped.
namespace shaketable::engine {
namespace {

namespace fs = std::filesystem;

class IstioCorpusTest : public IstioTest {
 protected:
  void SetUp() override {
    const fs::path folder = support::shared_folder() / "corpus";
    if (!fs::is_directory(folder)) {
      GTEST_SKIP() << "no shared/corpus beside the tree; set SHAKETABLE_SHARED to its folder";
    }
    corpus_ = folder;
  }

  std::vector<std::string> files_below(const fs::path& folder) const {
    std::vector<std::string> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) {
        files.push_back(entry.path().string());
      }
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  void read_file(const std::string& file) {
    diagnostics_ = Diagnostics(10'000);
    policies_ = read_istio(std::span(&file, 1), mesh_, diagnostics_);
  }

  fs::path corpus_;
};

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(line);
  for (std::string part; std::getline(stream, part, separator);) {
    parts.push_back(part);
  }
  return parts;
}

// All rows of the kinds that we read, without an exception.
TEST_F(IstioCorpusTest, AcceptsAndRefusesWhatIstiosAdmissionCheckDoes) {
  const fs::path folder = corpus_ / "truth" / "istio-validation";
  std::ifstream rows(folder / "rows.tsv");
  ASSERT_TRUE(rows);

  int compared = 0;
  std::string line;
  std::getline(rows, line);  // The names of the columns.
  while (std::getline(rows, line)) {
    const std::vector<std::string> row = split(line, '\t');
    const bool is_ours =
        row.size() > 4 && (row[3] == "VirtualService" || row[3] == "DestinationRule");
    if (!is_ours || line.find("unresolved") != std::string::npos) {
      continue;
    }
    read_file((folder / row[0]).string());
    EXPECT_EQ(diagnostics_.has_errors(), row[4] == "invalid") << row[0] << "\n" << reports();
    ++compared;
  }
  EXPECT_GT(compared, 100);
  RecordProperty("compared", compared);
}

TEST_F(IstioCorpusTest, EveryFileIsReadOrExplained) {
  int files = 0;
  for (const std::string& file : files_below(corpus_ / "files" / "istio")) {
    read_file(file);
    ++files;
    // A file that gives no policy says why.
    EXPECT_TRUE(!policies_.empty() || !diagnostics_.empty()) << file;
    for (const Diagnostic& item : diagnostics_.sorted()) {
      EXPECT_FALSE(item.code.empty()) << file;
      EXPECT_FALSE(item.message.empty()) << file;
    }
  }
  EXPECT_GT(files, 100);
}

}  // namespace
}  // namespace shaketable::engine
