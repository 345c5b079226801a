#pragma once
// Events: what TensorBoard reads, one after the other, as bytes. Source: event.proto, summary.proto
// and tensor.proto of TensorFlow; the fields' numbers are theirs.

#include <cstdint>
#include <string>
#include <vector>

#include "tensorboard/histogram.h"

namespace floatsd::tensorboard {

struct Scalar {
  std::string tag;  ///< "epoch/loss": TensorBoard groups by what stands before the slash
  double value = 0;
};

/// When and at which step of the run.
struct Moment {
  double seconds = 0;  ///< since 1970
  int64_t step = 0;
};

/// A file's first event.
std::string version_event(double seconds);
/// The run begins, or goes on: what earlier files have at that step and later counts no more.
std::string start_event(const Moment& moment);
/// All of them at one step. Their values are float32 in the file.
std::string scalars_event(const Moment& moment, const std::vector<Scalar>& scalars);
/// Markdown.
std::string text_event(const Moment& moment, const std::string& tag, const std::string& text);
std::string histogram_event(const Moment& moment, const std::string& tag,
                            const Histogram& histogram);

}  // namespace floatsd::tensorboard
