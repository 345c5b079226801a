#include "profile/step_profile.h"

#include <ATen/ATen.h>
#include <ATen/SequenceNumber.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string_view>

#include "floatsd/core/error.h"

namespace floatsd::profile {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// An edge (ops/codes.h) has a shape and no memory.
double bytes_of(c10::ArrayRef<c10::IValue> values) {
  double bytes = 0;
  for (const c10::IValue& value : values) {
    if (value.isTensor() && value.toTensor().defined()) {
      const at::Tensor& tensor = value.toTensor();
      bytes += static_cast<double>(std::min(tensor.nbytes(), tensor.storage().nbytes()));
    }
  }
  return bytes;
}

double multiply_adds(const at::Tensor& out, const at::Tensor& weight) {
  return static_cast<double>(out.numel()) * static_cast<double>(weight.numel()) /
         static_cast<double>(weight.size(0));
}

/// Of the operators that do most of the arithmetic; 0 for others. `outputs` are empty before they
/// are there.
double flops_of(std::string_view name, c10::ArrayRef<c10::IValue> inputs,
                c10::ArrayRef<c10::IValue> outputs) {
  if ((name == "aten::conv2d" || name == "aten::linear") && !outputs.empty()) {
    return 2 * multiply_adds(outputs[0].toTensor(), inputs[1].toTensor());
  }
  if (name == "aten::mm" && !outputs.empty()) {
    return 2 * static_cast<double>(outputs[0].toTensor().numel()) *
           static_cast<double>(inputs[0].toTensor().size(1));
  }
  if (name == "aten::convolution_backward" && !outputs.empty()) {
    const double each = 2 * multiply_adds(inputs[0].toTensor(), inputs[2].toTensor());
    return each * (outputs[0].toTensor().defined() ? 2 : 1);
  }
  return 0;
}

/// What an operator may hold inside and is to count as its own: its operations are the last input.
constexpr std::string_view kIntegerConvolution = "floatsd::integer_convolution";

void add(Share& share, double seconds, double bytes, double flops) {
  ++share.calls;
  share.seconds += seconds;
  share.bytes += bytes;
  share.flops += flops;
}

std::vector<Share> longest_first(const std::map<std::string, Share>& shares) {
  std::vector<Share> list;
  for (const auto& [name, share] : shares) {
    list.push_back(share);
    list.back().name = name;
  }
  std::sort(list.begin(), list.end(),
            [](const Share& a, const Share& b) { return a.seconds > b.seconds; });
  return list;
}

}  // namespace

struct StepProfile::Recorder {
  /// A node, a backward function (both hold operators), or an operator that is being timed.
  struct Frame {
    Clock::time_point start;
    std::string node;  ///< empty outside the network
    bool holds = false;
    double inner = 0;        ///< seconds of the operators that it holds
    double inner_bytes = 0;  ///< of integer convolutions inside an operator
    double inner_flops = 0;
    std::vector<c10::IValue> inputs;
    uint64_t first_sequence = 0;
  };
  /// The autograd nodes that a node of the network made.
  struct Range {
    uint64_t first, last;
    std::string node;
  };

  static constexpr const char* kEngine = "autograd::engine::";  // wraps each backward function
  static constexpr const char* kOther = "(other)";
  static constexpr const char* kOutside = "(outside the network)";
  static inline thread_local Recorder* current = nullptr;

  std::map<std::string, Share> operators, nodes;
  std::vector<Frame> frames;
  std::vector<Range> ranges;
  at::CallbackHandle handle = 0;

  [[nodiscard]] std::string node_of(int64_t sequence) const {
    for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) {
      if (sequence >= 0 && static_cast<uint64_t>(sequence) >= range->first &&
          static_cast<uint64_t>(sequence) < range->last) {
        return range->node;
      }
    }
    return {};
  }

  void begin(const at::RecordFunction& function) {
    const bool is_operator_inside = !frames.empty() && !frames.back().holds;
    Frame frame{.start = Clock::now()};
    if (!frames.empty()) {
      frame.node = frames.back().node;
    }
    switch (function.scope()) {
      case at::RecordScope::USER_SCOPE:
        frame.node = function.name();
        frame.holds = true;
        frame.first_sequence = at::sequence_number::peek();
        break;
      case at::RecordScope::BACKWARD_FUNCTION:
        frame.node = node_of(function.seqNr());
        frame.holds = true;
        break;
      default:
        frame.holds = std::string_view(function.name()).starts_with(kEngine);
        if (!is_operator_inside ? !frame.holds : function.name() == kIntegerConvolution) {
          frame.inputs.assign(function.inputs().begin(), function.inputs().end());
        }
    }
    frames.push_back(std::move(frame));
  }

  void end(const at::RecordFunction& function) {
    const Frame frame = std::move(frames.back());
    frames.pop_back();
    const double seconds = seconds_since(frame.start);
    if (!frames.empty() && !frames.back().holds) {  // a part of an operator
      if (function.name() == kIntegerConvolution) {
        frames.back().inner_bytes += bytes_of(frame.inputs);
        frames.back().inner_flops += frame.inputs.back().toDouble();
      }
      return;
    }
    if (!frames.empty()) {
      frames.back().inner += seconds;
    }
    const std::string node = frame.node.empty() ? kOutside : frame.node;
    if (frame.holds) {
      add(operators[kOther], seconds - frame.inner, 0, 0);
      nodes[node].seconds += seconds - frame.inner;
      if (function.scope() == at::RecordScope::USER_SCOPE) {
        ++nodes[node].calls;
        ranges.push_back({frame.first_sequence, at::sequence_number::peek(), frame.node});
      }
      return;
    }
    const double bytes = bytes_of(frame.inputs) + bytes_of(function.outputs()) + frame.inner_bytes;
    const double flops =
        flops_of(function.name(), frame.inputs, function.outputs()) + frame.inner_flops;
    add(operators[function.name()], seconds, bytes, flops);
    Share& of_node = nodes[node];
    of_node.seconds += seconds;
    of_node.bytes += bytes;
    of_node.flops += flops;
  }
};

StepProfile::StepProfile() : recorder_(std::make_unique<Recorder>()) {
  if (Recorder::current != nullptr) {
    throw Error("step profile: this thread has one already");
  }
  Recorder::current = recorder_.get();
  recorder_->handle = at::addThreadLocalCallback(
      at::RecordFunctionCallback(
          [](const at::RecordFunction& function) -> std::unique_ptr<at::ObserverContext> {
            Recorder::current->begin(function);
            return nullptr;
          },
          [](const at::RecordFunction& function, at::ObserverContext*) {
            Recorder::current->end(function);
          })
          .needsInputs(true)
          .needsOutputs(true)
          .scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION,
                   at::RecordScope::USER_SCOPE}));
}

StepProfile::~StepProfile() {
  at::removeCallback(recorder_->handle);
  Recorder::current = nullptr;
}

std::vector<Share> StepProfile::by_operator() const { return longest_first(recorder_->operators); }

std::vector<Share> StepProfile::by_node() const { return longest_first(recorder_->nodes); }

}  // namespace floatsd::profile
