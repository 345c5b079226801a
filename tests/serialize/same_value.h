#pragma once
// Equality of Values for tests: types, order of keys, shapes and every element.

#include <ATen/ATen.h>

#include <algorithm>

#include "floatsd/serialize/value.h"

namespace floatsd::serialize {

inline bool same(const Value& a, const Value& b);

inline bool same(const at::Tensor& a, const at::Tensor& b) {
  return a.scalar_type() == b.scalar_type() && a.equal(b);
}

inline bool same(const QuantizedTensor& a, const QuantizedTensor& b) {
  return same(a.codes, b.codes) && a.scales == b.scales && a.zero_points == b.zero_points &&
         a.axis == b.axis;
}

inline bool same(const std::vector<Value>& a, const std::vector<Value>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Value& x, const Value& y) { return same(x, y); });
}
inline bool same(const List& a, const List& b) { return same(a.items, b.items); }
inline bool same(const Tuple& a, const Tuple& b) { return same(a.items, b.items); }

inline bool same(const Dict& a, const Dict& b) {
  return std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(), b.entries.end(),
                    [](const DictEntry& x, const DictEntry& y) {
                      return x.key == y.key && same(x.value, y.value);
                    });
}

inline bool same(const Value& a, const Value& b) {
  if (a.data().index() != b.data().index()) {
    return false;
  }
  return std::visit(
      [&b](const auto& x) {
        const auto& y = std::get<std::decay_t<decltype(x)>>(b.data());
        if constexpr (requires { x == y; } &&
                      !std::is_same_v<std::decay_t<decltype(x)>, at::Tensor>) {
          return x == y;
        } else {
          return same(x, y);
        }
      },
      a.data());
}

}  // namespace floatsd::serialize
