#pragma once
// The learning rate over a training: the curve that it follows, and its beginning.

#include <cstdint>
#include <string>
#include <string_view>

namespace floatsd::train {

enum class LrCurve { kCosine, kOneCycle, kStep };

/// "cosine", "one-cycle" or "step"; throws Error, with a suggestion, on anything else.
LrCurve parse_lr_curve(std::string_view name);
std::string to_string(LrCurve curve);

struct LrSchedule {
  LrCurve curve = LrCurve::kCosine;
  double peak = 0.05;        ///< the largest rate
  double warmup_epochs = 0;  ///< may be a fraction; 0 with one-cycle, whose beginning is a warm-up
  int decay_epochs = 30;     ///< of kStep: the rate falls after so many epochs, each time
  double decay_rate = 0.1;   ///< of kStep: by this factor
};

/// Throws Error naming the option whose value cannot be in a training of `epochs` epochs.
void check(const LrSchedule& schedule, int epochs);

/// The rate of `step`, counted from 0 over the whole training of n = epochs * steps_per_epoch
/// steps. The first w = warmup_epochs * steps_per_epoch of them rise along a line, the others
/// follow the curve:
///
///     warm-up     peak * (step + 1) / (w + 1)                      for step < w
///     cosine      peak * (1 + cos(pi * (step - w) / (n - w))) / 2
///     step        peak * decay_rate^floor(epoch / decay_epochs)    epochs since the beginning
///     one-cycle   half cosines from peak / 25 at step 0 to peak at step 0.3 n - 1 and from there
///                 to peak / 250000 at step n - 1
///
/// Sources: Loshchilov and Hutter 2017 (SGDR), without restarts; Smith and Topin 2018, in the form
/// and with the defaults of PyTorch's OneCycleLR. Momentum stays constant; PyTorch's schedule
/// also moves it, from 0.95 to 0.85 and back. Requires a checked schedule, 0 <= step < n.
double learning_rate(const LrSchedule& schedule, int64_t step, int64_t steps_per_epoch, int epochs);

}  // namespace floatsd::train
