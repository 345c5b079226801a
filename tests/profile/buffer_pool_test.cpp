#include "floatsd/profile/buffer_pool.h"

#include <ATen/ATen.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "catch.h"

using floatsd::profile::pool_buffers;

namespace {

constexpr int64_t kLarge = 3 << 20;  // floats

}  // namespace

TEST_CASE("A freed large tensor's memory serves the next one of about its size", "[buffer_pool]") {
  pool_buffers();
  const void* first = at::ones({kLarge}).data_ptr();
  const at::Tensor again = at::ones({kLarge - 100});
  CHECK(again.data_ptr() == first);
  CHECK(at::ones({kLarge}).data_ptr() != first);  // which is in use
}

TEST_CASE("A much smaller tensor does not occupy a large block", "[buffer_pool]") {
  pool_buffers();
  const void* large = at::ones({kLarge}).data_ptr();
  CHECK(at::ones({kLarge / 2}).data_ptr() != large);
}

TEST_CASE("Tensors of all sizes hold their values, also where they grow or are freed elsewhere",
          "[buffer_pool]") {
  pool_buffers();
  pool_buffers();
  CHECK(at::empty({0}).numel() == 0);
  at::Tensor grown = at::full({1000}, 7.0F);
  grown.resize_({kLarge});
  CHECK(grown.slice(0, 0, 1000).eq(7).all().item<bool>());
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;  // Catch2's assertions belong to one thread
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t, &wrong] {
      for (int64_t i = 0; i < 50; ++i) {
        const at::Tensor mine = at::full({(i % 5 + 1) * 300'000}, static_cast<float>(t));
        wrong += mine.eq(t).all().item<bool>() ? 0 : 1;
      }
    });
  }
  at::Tensor kept = at::full({kLarge}, 5.0F);
  std::thread([moved = std::move(kept)]() mutable { moved.reset(); }).join();
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(wrong == 0);
}

TEST_CASE("Without the pool a large tensor's memory is not kept, and with it again it is",
          "[buffer_pool]") {
  const auto begins_a_block = [] {
    constexpr uintptr_t kHugePage = uintptr_t{1} << 21;
    return reinterpret_cast<uintptr_t>(at::ones({kLarge}).data_ptr()) % kHugePage == 0;
  };
  pool_buffers();
  const at::Tensor pooled = at::ones({kLarge});
  CHECK(begins_a_block());
  floatsd::profile::return_buffers();
  CHECK(!begins_a_block());
  CHECK(pooled.eq(1).all().item<bool>());
  pool_buffers();
  CHECK(begins_a_block());
}
