#include "floatsd/profile/buffer_pool.h"

#include <c10/core/CPUAllocator.h>
#include <malloc.h>
#include <sys/mman.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "floatsd/core/error.h"

namespace floatsd::profile {
namespace {

constexpr size_t kLarge = size_t{1} << 20;
constexpr size_t kUnit = size_t{1} << 16;      // sizes are multiples of it
constexpr size_t kHugePage = size_t{1} << 21;  // where blocks begin
constexpr int64_t kSeveralSteps = 4096;        // in blocks taken

size_t round_up(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

/// A mapping of its own that begins at a huge page; nullptr if there is no room.
void* map_block(size_t size) {
  const size_t room = size + kHugePage;
  void* mapped = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) {
    return nullptr;
  }
  auto* first = static_cast<char*>(mapped);
  char* block = first + (round_up(reinterpret_cast<uintptr_t>(first), kHugePage) -
                         reinterpret_cast<uintptr_t>(first));
  if (block != first) {
    munmap(first, static_cast<size_t>(block - first));
  }
  munmap(block + size, static_cast<size_t>(first + room - (block + size)));
  madvise(block, size, MADV_HUGEPAGE);  // advice; a kernel without huge pages may refuse it
  return block;
}

class BufferPool final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t count) override {
    void* block = count < kLarge ? small_->raw_allocate(count) : take(round_up(count, kUnit));
    return {block, block, &release, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &release; }

  void copy_data(void* to, const void* from, size_t count) const override {
    default_copy_data(to, from, count);
  }

  /// What the pool stands in front of.
  [[nodiscard]] c10::Allocator* small() const { return small_; }

  static BufferPool& instance() {
    static auto* pool = new BufferPool;  // outlives every tensor
    return *pool;
  }

 private:
  struct Free {
    void* block;
    int64_t since;
  };

  static void release(void* block) {
    BufferPool& pool = instance();
    if (reinterpret_cast<uintptr_t>(block) % kHugePage != 0 || !pool.put_back(block)) {
      pool.small_->raw_deallocate(block);
    }
  }

  void* take(size_t size) {
    const std::lock_guard lock(mutex_);
    ++taken_;
    const auto found = free_.lower_bound(size);
    if (found != free_.end() && size >= found->first / 8 * 7) {
      void* block = found->second.block;
      free_.erase(found);
      return block;
    }
    unmap_unused(kSeveralSteps);
    void* block = map_block(size);
    if (block == nullptr) {
      unmap_unused(/*age=*/-1);  // all that is free
      block = map_block(size);
    }
    if (block == nullptr) {
      throw Error("no memory for a tensor of " + std::to_string(size) + " bytes");
    }
    sizes_[block] = size;
    return block;
  }

  /// False if the block is not one of the pool's.
  bool put_back(void* block) {
    const std::lock_guard lock(mutex_);
    const auto size = sizes_.find(block);
    if (size == sizes_.end()) {
      return false;
    }
    // In front of its equals: what is used least stays unused, and is found by unmap_unused.
    free_.emplace_hint(free_.lower_bound(size->second), size->second, Free{block, taken_});
    return true;
  }

  /// Gives back the blocks that are free for longer than `age`, in blocks taken.
  void unmap_unused(int64_t age) {
    for (auto it = free_.begin(); it != free_.end();) {
      if (taken_ - it->second.since > age) {
        munmap(it->second.block, it->first);
        sizes_.erase(it->second.block);
        it = free_.erase(it);
      } else {
        ++it;
      }
    }
  }

  c10::Allocator* small_ = c10::GetDefaultCPUAllocator();
  std::mutex mutex_;
  std::unordered_map<void*, size_t> sizes_;  // of every block
  std::multimap<size_t, Free> free_;
  int64_t taken_ = 0;
};

constexpr uint8_t kPriority = 1;  // above LibTorch's own

}  // namespace

void pool_buffers() {
  constexpr int kNever = 1 << 30;  // nor does malloc give back what LibTorch's kernels work in
  mallopt(M_MMAP_THRESHOLD, kNever);
  mallopt(M_TRIM_THRESHOLD, kNever);
  c10::SetCPUAllocator(&BufferPool::instance(), kPriority);
}

void return_buffers() {
  constexpr int kBlock = 1 << 17;
  mallopt(M_MMAP_THRESHOLD, kBlock);  // which no longer grows with what is freed
  mallopt(M_TRIM_THRESHOLD, kBlock);
  c10::SetCPUAllocator(BufferPool::instance().small(), kPriority);
}

}  // namespace floatsd::profile
