#pragma once
// Value: what a torch file holds, as plain data. None, numbers, strings, tensors, and lists, tuples
// and dicts of them.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace floatsd::serialize {

class Value;

/// Integer codes with their scales: real = scale * (code - zero_point). In Python a quantized
/// tensor (torch.qint8, torch.quint8, torch.qint32). LibTorch's own quantized tensors are not
/// used: they are deprecated, and making one prints so.
struct QuantizedTensor {
  at::Tensor codes;                  ///< int8, uint8 or int32
  std::vector<double> scales;        ///< 1, or one for each index along `axis`
  std::vector<int64_t> zero_points;  ///< as many
  std::optional<int64_t> axis;       ///< none: one scale for the whole tensor
};

/// Throws Error if a code would have no scale or no zero point.
void check_scales(const QuantizedTensor& tensor);

struct List {
  std::vector<Value> items;
};

struct Tuple {
  std::vector<Value> items;
};

/// A Python object that is none of these types, or a number beyond their range: it is known by its
/// name, and nothing of it is read or run.
struct Opaque {
  std::string name;        ///< "numpy.ndarray", "an int of 9 bytes"
  bool is_module = false;  ///< a network with its code, as torch.save(model) leaves it

  bool operator==(const Opaque&) const = default;
};

struct DictEntry;

/// String keys in the order in which they were added, each once.
struct Dict {
  std::vector<DictEntry> entries;

  /// Adds a key at the end. Throws Error if the key is there already.
  void add(std::string key, Value value);
  /// Null if there is no such key.
  [[nodiscard]] const Value* find(std::string_view key) const;
};

/// One value of a torch file. Default: Python's None. A dtype is an at::ScalarType.
class Value {
 public:
  using Data = std::variant<std::monostate, bool, int64_t, double, std::string, at::Tensor,
                            QuantizedTensor, at::ScalarType, List, Tuple, Dict, Opaque>;

  Value() = default;
  Value(bool v);
  Value(int v);
  Value(int64_t v);
  Value(double v);
  Value(const char* v);
  Value(std::string v);
  Value(at::Tensor v);
  Value(QuantizedTensor v);
  Value(at::ScalarType v);
  Value(List v);
  Value(Tuple v);
  Value(Dict v);
  Value(Opaque v);

  [[nodiscard]] const Data& data() const { return data_; }
  [[nodiscard]] bool is_none() const { return data_.index() == 0; }

  /// Null if the value is of another type.
  template <typename T>
  [[nodiscard]] const T* get_if() const {
    return std::get_if<T>(&data_);
  }

 private:
  Data data_;
};

struct DictEntry {
  std::string key;
  Value value;
};

// Here DictEntry is complete, which a vector of it in Data must be.
inline Value::Value(bool v) : data_(v) {}
inline Value::Value(int v) : data_(int64_t{v}) {}
inline Value::Value(int64_t v) : data_(v) {}
inline Value::Value(double v) : data_(v) {}
inline Value::Value(const char* v) : data_(std::string(v)) {}
inline Value::Value(std::string v) : data_(std::move(v)) {}
inline Value::Value(at::Tensor v) : data_(std::move(v)) {}
inline Value::Value(QuantizedTensor v) : data_(std::move(v)) {}
inline Value::Value(at::ScalarType v) : data_(v) {}
inline Value::Value(List v) : data_(std::move(v)) {}
inline Value::Value(Tuple v) : data_(std::move(v)) {}
inline Value::Value(Dict v) : data_(std::move(v)) {}
inline Value::Value(Opaque v) : data_(std::move(v)) {}

/// What a value is, for messages: "a tensor", "an int", "None" ...
std::string_view kind(const Value& value);

}  // namespace floatsd::serialize
