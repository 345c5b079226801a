#include "foreign_files.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "check/content.h"
#include "core/file.h"
#include "recipe_options.h"
#include "run_changes.h"

namespace floatsd::app {
namespace {

/// The first part that one of them has and the other has not, or not so; empty if there is none.
std::string first_difference(const runtime::Program& a, const runtime::Program& b) {
  const std::vector<check::Part> first = check::parts(a);
  const std::vector<check::Part> second = check::parts(b);
  const auto [one, other] = std::mismatch(first.begin(), first.end(), second.begin(), second.end(),
                                          [](const check::Part& x, const check::Part& y) {
                                            return x.name == y.name && x.bytes == y.bytes;
                                          });
  if (one != first.end()) {
    return one->name;
  }
  return other == second.end() ? "" : other->name;
}

}  // namespace

std::optional<std::string> foreign_config(const RunFolder& folder, const RunRecord& record) {
  if (!std::filesystem::exists(folder.config())) {
    return std::nullopt;
  }
  const std::string name = folder.config().string();
  std::vector<Change> changed;
  try {
    changed = changes(read_file(folder.config()), name, record.config, to_toml(Recipe{}));
  } catch (const Error& error) {
    return error.what();
  }
  // A run that goes on with more epochs says so in its config before its checkpoint does.
  std::erase_if(changed, [](const Change& change) { return change.key == "epochs"; });
  if (changed.empty()) {
    return std::nullopt;
  }
  const Change& first = changed.front();
  return name + " has '" + first.key + " = " + first.before + "', and the run of " +
         folder.last().filename().string() + " '" + first.key + " = " + first.now +
         "': it was edited, or is of another run";
}

std::optional<std::string> foreign_model(const RunFolder& folder, const runtime::Program& shipped,
                                         const runtime::Program& made) {
  const std::string layer = first_difference(shipped, made);
  if (layer.empty()) {
    return std::nullopt;
  }
  return folder.model().string() + " is not what " + folder.last().filename().string() +
         " becomes, from '" + layer + "' on: are they of two runs?";
}

std::optional<std::string> foreign_metrics(const RunFolder& folder, int64_t correct,
                                           const report::Answers& answers) {
  constexpr int64_t kRoundedShare = 200;  // one of so many
  const int64_t allowed = answers.network == "integer" ? 0 : answers.total / kRoundedShare;
  if (std::abs(correct - answers.correct) <= allowed) {
    return std::nullopt;
  }
  return folder.metrics().string() + " has " + std::to_string(correct) +
         " right images after the last epoch, and the network of " +
         folder.last().filename().string() + " " + std::to_string(answers.correct) +
         ": of another run, or other test images";
}

bool have_same_layers(const runtime::Program& a, const runtime::Program& b) {
  const auto names_of = [](const runtime::Program& program) {
    std::vector<std::string> names;
    for (const runtime::Op& op : program.ops) {
      names.push_back(op.name);
    }
    return names;
  };
  return a.input_shape == b.input_shape && names_of(a) == names_of(b) &&
         runtime::output_shapes(a) == runtime::output_shapes(b);
}

}  // namespace floatsd::app
