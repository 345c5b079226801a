#include "emit/c/arena.h"

#include <algorithm>
#include <numeric>

namespace floatsd::emit::c {
namespace {

/// Bytes that are needed from one operator to another; -1 is before the first.
struct Block {
  int64_t bytes = 0;
  int first = 0, last = 0;
  int64_t offset = -1;
};

int64_t round_up(int64_t bytes) { return (bytes + 3) / 4 * 4; }

bool alive_together(const Block& a, const Block& b) {
  return a.first <= b.last && b.first <= a.last;
}

/// The last operator that reads each output; the network's input comes first.
std::vector<int> last_readers(const runtime::Program& program) {
  std::vector<int> last(program.ops.size() + 1);
  std::iota(last.begin(), last.end(), -1);  // itself if nobody reads it
  for (size_t i = 0; i < program.ops.size(); ++i) {
    for (const int from : program.ops[i].inputs) {
      last[from + 1] = static_cast<int>(i);
    }
  }
  return last;
}

/// The lowest offset at which the block meets none that is placed and alive with it.
int64_t lowest_offset(const Block& block, const std::vector<Block>& blocks) {
  std::vector<const Block*> others;
  for (const Block& other : blocks) {
    if (other.offset >= 0 && alive_together(block, other)) {
      others.push_back(&other);
    }
  }
  std::sort(others.begin(), others.end(),
            [](const Block* a, const Block* b) { return a->offset < b->offset; });
  int64_t offset = 0;
  for (const Block* other : others) {
    if (offset + block.bytes <= other->offset) {
      break;
    }
    offset = std::max(offset, other->offset + other->bytes);
  }
  return offset;
}

/// Largest first: what comes later fills the gaps. Returns the bytes of all.
int64_t place(std::vector<Block>& blocks) {
  std::vector<Block*> order;
  for (Block& block : blocks) {
    order.push_back(&block);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const Block* a, const Block* b) { return a->bytes > b->bytes; });
  int64_t bytes = 0;
  for (Block* block : order) {
    block->offset = lowest_offset(*block, blocks);
    bytes = std::max(bytes, block->offset + block->bytes);
  }
  return bytes;
}

/// Whether each output code comes of codes at its own place.
bool keeps_places(const runtime::Op& op, const runtime::ActivationShape& in) {
  if (const auto* flatten = std::get_if<runtime::Flatten>(&op.body)) {
    return flatten->order == AxesOrder::kChannelsLast || in.channels == 1 ||
           in.height * in.width == 1;
  }
  return std::holds_alternative<runtime::Add>(op.body) ||
         std::holds_alternative<runtime::Clamp>(op.body);
}

/// Collects the blocks of a program, and remembers whose they are.
class Planner {
 public:
  explicit Planner(const runtime::Program& program)
      : program_(program),
        shapes_(runtime::output_shapes(program)),
        last_readers_(last_readers(program)),
        output_block_(program.ops.size() + 1),
        sums_block_(program.ops.size()) {
    if (!program.input_table.empty()) {
      output_block_[0] = add(program.input_shape.size(), -1, last_readers_[0]);
    }
    for (size_t i = 0; i < program.ops.size(); ++i) {
      add_operator(static_cast<int>(i));
    }
  }

  Arena plan() {
    Arena arena{.bytes = place(blocks_)};
    arena.input = offset(output_block_[0]);
    for (size_t i = 0; i < program_.ops.size(); ++i) {
      arena.outputs.push_back(offset(output_block_[i + 1]));
      arena.sums.push_back(offset(sums_block_[i]));
    }
    return arena;
  }

 private:
  void add_operator(int i) {
    const runtime::Op& op = program_.ops[i];
    if (const int64_t bytes = sums_bytes(op)) {
      sums_block_[i] = add(bytes, i, i);
    }
    if (i + 1 == static_cast<int>(program_.ops.size())) {
      return;  // written to the caller's array
    }
    output_block_[i + 1] = block_to_write_over(i);
    if (output_block_[i + 1]) {
      blocks_[*output_block_[i + 1]].last = last_readers_[i + 1];
    } else {
      output_block_[i + 1] = add(shapes_[i].size(), i, last_readers_[i + 1]);
    }
  }

  /// That of an input which ends with operator i, if i reads each code before it writes there.
  [[nodiscard]] std::optional<size_t> block_to_write_over(int i) const {
    const runtime::Op& op = program_.ops[i];
    if (!keeps_places(op, runtime::input_shape(program_, op, shapes_))) {
      return {};
    }
    for (const int from : op.inputs) {
      if (last_readers_[from + 1] == i && output_block_[from + 1]) {
        return output_block_[from + 1];
      }
    }
    return {};
  }

  size_t add(int64_t bytes, int first, int last) {
    blocks_.push_back({.bytes = round_up(bytes), .first = first, .last = last});
    return blocks_.size() - 1;
  }

  [[nodiscard]] std::optional<int64_t> offset(const std::optional<size_t>& block) const {
    return block ? std::optional(blocks_[*block].offset) : std::nullopt;
  }

  const runtime::Program& program_;
  std::vector<runtime::ActivationShape> shapes_;
  std::vector<int> last_readers_;
  std::vector<Block> blocks_;
  std::vector<std::optional<size_t>> output_block_;  ///< the network's input comes first
  std::vector<std::optional<size_t>> sums_block_;
};

}  // namespace

int64_t sums_bytes(const runtime::Op& op) {
  const runtime::Weights* weights = runtime::weights(op);
  if (weights == nullptr) {
    return 0;
  }
  const auto* conv = std::get_if<runtime::Conv2d>(&op.body);
  const int64_t rows = conv != nullptr && conv->pool > 1 ? 2 : 1;
  return rows * weights->shape[0] * static_cast<int64_t>(sizeof(int32_t));
}

Arena plan_arena(const runtime::Program& program) { return Planner(program).plan(); }

}  // namespace floatsd::emit::c
