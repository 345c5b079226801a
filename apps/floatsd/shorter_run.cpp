#include "shorter_run.h"

#include <algorithm>

#include "floatsd/core/error.h"
#include "floatsd/passes/phases.h"
#include "toml_file.h"

namespace floatsd::app {
namespace {

/// Whether less than half of the epochs would be left.
bool crowds(double epochs, int all) { return 2 * epochs > all; }

double epochs_of(const passes::PhaseSchedule& phases) {
  return phases.float_epochs + phases.observe_epochs + phases.batch_norm_freeze_epochs +
         phases.freeze_epochs;
}

bool fits(const passes::PhaseSchedule& phases, int epochs) {
  try {
    passes::check(phases, epochs);
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Shrinks values, and lists those that became others.
class Shrinking {
 public:
  Shrinking(const Plan& plan, int epochs) : plan_(plan), epochs_(epochs) {}

  void apply(const std::string& flag, double& epochs) {
    if (may_shrink(flag)) {
      const double share = epochs * epochs_ / plan_.epochs;
      note(flag, toml_number(share), toml_number(epochs));
      epochs = share;
    }
  }
  [[nodiscard]] const std::string& list() const { return list_; }

 private:
  [[nodiscard]] bool may_shrink(const std::string& flag) const {
    return epochs_ < plan_.epochs && !plan_.kept.contains(flag);
  }
  void note(const std::string& flag, const std::string& now, const std::string& before) {
    if (now != before) {
      list_ += (list_.empty() ? "" : ", ") + flag + " " + now + " instead of " + before;
    }
  }

  const Plan& plan_;
  int epochs_;
  std::string list_;
};

}  // namespace

std::string shrink_to_fit(train::TrainOptions& options, bool quantizes, const Plan& plan) {
  Shrinking shrinking(plan, options.epochs);
  if (crowds(options.schedule.warmup_epochs, options.epochs)) {
    shrinking.apply("warmup-epochs", options.schedule.warmup_epochs);
  }
  if (quantizes && (crowds(epochs_of(options.phases), options.epochs) ||
                    !fits(options.phases, options.epochs))) {
    shrinking.apply("float-epochs", options.phases.float_epochs);
    shrinking.apply("observe-epochs", options.phases.observe_epochs);
    shrinking.apply("freeze-batch-norm-epochs", options.phases.batch_norm_freeze_epochs);
    shrinking.apply("freeze-epochs", options.phases.freeze_epochs);
    passes::check(options.phases, options.epochs);
  }
  if (shrinking.list().empty()) {
    return {};
  }
  return "shrunk to fit " + std::to_string(options.epochs) +
         (options.epochs == 1 ? " epoch: " : " epochs: ") + shrinking.list();
}

}  // namespace floatsd::app
