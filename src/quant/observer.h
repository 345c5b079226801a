#pragma once
// Observer: follows the range of a tensor through training or calibration.

#include <optional>
#include <utility>
#include <vector>

#include "floatsd/quant/range_method.h"
#include "ops/module.h"
#include "ops/range.h"

namespace floatsd::quant {

/// Range with memory, in the buffers min_val and max_val, with kLearned in parameters of those
/// names. They are infinite (+ and -) before the first batch.
class Observer : public ops::Module {
 public:
  /// `entries` is the length of the range: 1, or the number of channels.
  Observer(RangeMethod method, int64_t entries);

  /// Takes in one batch's extremes, of this observer's length.
  /// Throws Diverged if one is not finite.
  void observe(const ops::Range& batch);

  /// Puts a range, of this observer's length, in the place of what was observed. Throws Diverged
  /// where an end is not finite.
  void set_range(const ops::Range& range);

  /// Whether a batch was observed, or a range set.
  [[nodiscard]] bool has_range() const;
  [[nodiscard]] ops::Range range() const;

  /// The batch's extremes if there is no range, or one whose ends have met: the start of a
  /// range, of one entry, that gradients move. Throws Diverged if an end is not finite.
  void begin_at(const ops::Range& batch);

  /// The parameters min and max; none unless they are learned.
  [[nodiscard]] std::optional<std::pair<at::Tensor, at::Tensor>> learned_ends() const;

 private:
  RangeMethod method_;
  at::Tensor min_, max_;
};

}  // namespace floatsd::quant
