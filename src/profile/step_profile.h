#pragma once
// Step profile: where the time of training steps goes, by operator and by node of the network.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace floatsd::profile {

/// What one kind of operator, or one node of the network, took.
struct Share {
  std::string name;  ///< "aten::conv2d", "floatsd::normalized_codes"; "features.3.expand"
  int64_t calls = 0;
  double seconds = 0;
  double bytes = 0;  ///< of the tensors that went in and came out, each counted once a call
  double flops = 0;  ///< of convolutions and matrix products: two a multiply-add
};

/// While it lives, operators that this thread runs are timed: ATen's, and floatsd's own kernels. An
/// operator that another one calls counts as part of that one; what a node or a backward function
/// does beside its operators stands under "(other)".
class StepProfile {
 public:
  StepProfile();
  ~StepProfile();
  StepProfile(const StepProfile&) = delete;
  StepProfile& operator=(const StepProfile&) = delete;

  /// The longest first. The nodes have their forward and backward passes; what belongs to none
  /// (loss, optimizer) stands under "(outside the network)".
  [[nodiscard]] std::vector<Share> by_operator() const;
  [[nodiscard]] std::vector<Share> by_node() const;

 private:
  struct Recorder;
  std::unique_ptr<Recorder> recorder_;
};

}  // namespace floatsd::profile
