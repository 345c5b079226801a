#include "other_epochs.h"

#include "core/counted.h"
#include "floatsd/passes/phases.h"
#include "floatsd/train/lr_schedule.h"
#include "toml_file.h"

namespace floatsd::app {

std::string why_not_with_other_epochs(int epochs_before, const train::TrainOptions& now,
                                      bool quantizes, const Place& place) {
  if (place.epoch > now.epochs || (place.epoch == now.epochs && place.step > 0)) {
    return std::to_string(place.epoch) + (place.epoch == 1 ? " epoch is" : " epochs are") +
           " trained already";
  }
  const int begun = place.epoch + (place.step > 0 ? 1 : 0);
  for (int epoch = 0; epoch < begun; ++epoch) {
    const std::string name = "epoch " + std::to_string(epoch + 1);
    const int64_t last = epoch == place.epoch ? place.step - 1 : place.steps_per_epoch - 1;
    for (const int64_t step : {int64_t{0}, last}) {
      const int64_t at = epoch * place.steps_per_epoch + step;
      if (quantizes) {
        const quant::Pass before =
            passes::phase_of(now.phases, at, place.steps_per_epoch, epochs_before);
        const quant::Pass after =
            passes::phase_of(now.phases, at, place.steps_per_epoch, now.epochs);
        if (before != after) {
          return name + " was trained in phase '" + passes::to_string(before) + "', of " +
                 counted(now.epochs, "epoch") + " it would be '" + passes::to_string(after) + "'";
        }
      }
      const double before =
          train::learning_rate(now.schedule, at, place.steps_per_epoch, epochs_before);
      const double after =
          train::learning_rate(now.schedule, at, place.steps_per_epoch, now.epochs);
      if (before != after) {
        return "sched " + train::to_string(now.schedule.curve) +
               " follows the number of epochs: " + name + " had the rate " + toml_number(before) +
               ", of " + counted(now.epochs, "epoch") + " it would have " + toml_number(after);
      }
    }
  }
  return {};
}

}  // namespace floatsd::app
