#include "unused_flags.h"

#include <vector>

#include "recipe_options.h"
#include "run_changes.h"

namespace floatsd::app {
namespace {

/// Flags that only count when `reader` does.
struct Dependents {
  bool is_read = false;
  std::string reader;
  std::vector<std::string> flags;
};

std::vector<Dependents> dependents(const Recipe& recipe) {
  const train::TrainOptions& options = recipe.options;
  const train::UpdateKind update = options.update.kind;
  return {
      {recipe.quantizes(),
       "--weights",
       {"weight-observer", "activation-observer", "activation-scheme", "scales", "float-epochs",
        "observe-epochs", "freeze-batch-norm-epochs", "freeze-epochs", "freeze-lr"}},
      {!recipe.teacher.empty(), "--teacher", {"teacher-share", "temperature", "teacher-from"}},
      {options.schedule.curve == train::LrCurve::kStep,
       "--sched step",
       {"decay-epochs", "decay-rate"}},
      {update != train::UpdateKind::kFloat, "--update single-trigger or master-copy", {"digits"}},
      {update == train::UpdateKind::kSingleTrigger,
       "--update single-trigger",
       {"trigger", "carry"}},
      {update == train::UpdateKind::kMasterCopy, "--update master-copy", {"master"}},
      {options.sgd.weight_decay != 0, "--weight-decay", {"weight-decay-on"}},
  };
}

}  // namespace

std::string unused_flags(const Recipe& recipe) {
  const std::vector<Change> changed = changes(to_toml(Recipe{}), "defaults", to_toml(recipe), "");
  std::string text;
  for (const auto& [is_read, reader, flags] : dependents(recipe)) {
    std::string unused;
    for (const Change& change : changed) {
      for (const std::string& flag : flags) {
        if (!is_read && change.key == flag) {
          unused += (unused.empty() ? "" : ", ") + flag;
        }
      }
    }
    if (!unused.empty()) {
      text += (text.empty() ? "" : "; ") + unused + " (without " + reader + ")";
    }
  }
  return text.empty() ? "" : "no effect: " + text;
}

}  // namespace floatsd::app
