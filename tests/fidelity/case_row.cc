#include "tests/fidelity/case_row.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <boost/json.hpp>

#include "tests/support/shared_folder.h"

namespace shaketable::fidelity {
namespace {

namespace json = boost::json;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) {
    parts.push_back(part);
  }
  return parts;
}

void flatten(const json::value& value, std::vector<double>& numbers) {
  if (value.is_array()) {
    for (const json::value& part : value.get_array()) {
      flatten(part, numbers);
    }
  } else if (value.is_number()) {
    numbers.push_back(value.to_number<double>());
  } else if (value.is_bool()) {
    numbers.push_back(value.get_bool() ? 1 : 0);
  }
}

/// The value under a dotted key, or null.
json::value find(const std::string& text, const std::string& key) {
  json::value value = json::parse(text);
  for (const std::string& part : split(key, '.')) {
    const json::object* object = value.if_object();
    const json::value* inner = object == nullptr ? nullptr : object->if_contains(part);
    if (inner == nullptr) {
      return nullptr;
    }
    value = json::value(*inner);
  }
  return value;
}

/// What a relative tolerance says of zero: "rel:0.03 (goodput 0 means < 2/s)".
double near_nothing(const std::string& tolerance) {
  const std::size_t less = tolerance.find("0 means < ");
  return less == std::string::npos ? 0 : std::stod(tolerance.substr(less + 10));
}

bool is_within(const Expected& expected, const std::vector<double>& values) {
  if (values.size() != expected.values.size()) {
    return false;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    // Written so that NaN is outside.
    if (!(std::fabs(values[i] - expected.values[i]) <= expected.tolerances[i])) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string CaseRow::family() const { return id.substr(0, id.find('-')); }

std::optional<std::filesystem::path> cases_file() {
  std::filesystem::path file = support::shared_folder() / "fidelity" / "cases.tsv";
  std::error_code error;
  return std::filesystem::is_regular_file(file, error) ? std::optional(file) : std::nullopt;
}

std::vector<CaseRow> load_rows(const std::vector<std::string>& families) {
  std::vector<CaseRow> rows;
  const std::optional<std::filesystem::path> file = cases_file();
  if (!file.has_value()) {
    return rows;
  }
  std::ifstream stream(*file);
  for (std::string line; std::getline(stream, line);) {
    const std::vector<std::string> cells = split(line, '\t');
    if (cells.size() != 8) {
      continue;
    }
    CaseRow row{cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7]};
    if (std::find(families.begin(), families.end(), row.family()) != families.end()) {
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

Parameters::Parameters(const std::string& text) : json_(text) {}

bool Parameters::has(const std::string& key) const { return !find(json_, key).is_null(); }

double Parameters::number(const std::string& key, double fallback) const {
  const json::value value = find(json_, key);
  return value.is_number() ? value.to_number<double>() : fallback;
}

std::string Parameters::text(const std::string& key) const {
  const json::value value = find(json_, key);
  return value.is_string() ? std::string(value.get_string()) : std::string();
}

std::vector<double> Parameters::numbers(const std::string& key) const {
  std::vector<double> numbers;
  flatten(find(json_, key), numbers);
  return numbers;
}

std::optional<Expected> expected_of(const CaseRow& row) {
  Expected expected;
  flatten(json::parse(row.expected), expected.values);
  const bool is_relative = row.tolerance.starts_with("rel:");
  expected.is_exact = row.tolerance.starts_with("exact");
  if (expected.values.empty() ||
      !(is_relative || expected.is_exact || row.tolerance.starts_with("abs:"))) {
    return std::nullopt;
  }
  std::vector<double> widths;
  const std::size_t colon = row.tolerance.find(':');
  if (colon == std::string::npos) {
    widths.push_back(0);
  } else {
    for (const std::string& part : split(row.tolerance.substr(colon + 1), ',')) {
      widths.push_back(std::stod(part));
    }
  }
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    const double width = widths[std::min(i, widths.size() - 1)];
    const bool is_nothing = is_relative && expected.values[i] == 0;
    expected.tolerances.push_back(is_nothing    ? near_nothing(row.tolerance)
                                  : is_relative ? width * std::fabs(expected.values[i])
                                                : width);
  }
  return expected;
}

std::vector<double> mean_of(const Measured& measured) {
  std::vector<double> mean(measured.empty() ? 0 : measured.front().size(), 0);
  for (const std::vector<double>& values : measured) {
    for (std::size_t i = 0; i < mean.size(); ++i) {
      mean[i] += i < values.size() ? values[i] / static_cast<double>(measured.size()) : NAN;
    }
  }
  return mean;
}

bool is_inside(const Expected& expected, const Measured& measured) {
  const auto inside =
      std::count_if(measured.begin(), measured.end(),
                    [&](const std::vector<double>& values) { return is_within(expected, values); });
  const auto all = static_cast<std::ptrdiff_t>(measured.size());
  const std::ptrdiff_t needed = expected.is_exact ? all : (2 * all + 2) / 3;
  return all > 0 && inside >= needed && is_within(expected, mean_of(measured));
}

}  // namespace shaketable::fidelity
