#include "pickle_reader.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_map>

#include "element_type.h"
#include "floatsd/core/error.h"
#include "pickle_bytes.h"
#include "pickle_objects.h"
#include "tensor_rebuilder.h"

namespace floatsd::serialize {
namespace {

constexpr std::string_view kOrderedDict = "collections.OrderedDict";
constexpr std::string_view kSize = "torch.Size";
constexpr std::string_view kTensor = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kParameter = "torch._utils._rebuild_parameter";
constexpr std::string_view kQuantized = "torch._utils._rebuild_qtensor";

class Reader {
 public:
  Reader(std::string_view pickle, TensorRebuilder tensors)
      : bytes_(pickle), tensors_(std::move(tensors)) {}

  Value read() {
    while (true) {
      const auto opcode = static_cast<uint8_t>(bytes_.take_number(1));
      if (opcode == '.') {
        return to_value(*pop());
      }
      if (!push_plain(opcode) && !push_container(opcode) && !use_memo(opcode) && !build(opcode)) {
        throw Error("pickle has the opcode " + std::to_string(opcode) +
                    ", which torch.save does not write with its default protocol");
      }
    }
  }

 private:
  /// Each of these four takes the opcodes of one sort, and returns false for all others.
  bool push_plain(uint8_t opcode) {
    switch (opcode) {
      case 0x80:  // PROTO
        expect_protocol_2();
        return true;
      case 'N':
        push(Value());
        return true;
      case 0x88:
        push(Value(true));
        return true;
      case 0x89:
        push(Value(false));
        return true;
      case 'K':
        push(Value(static_cast<int64_t>(bytes_.take_number(1))));
        return true;
      case 'M':
        push(Value(static_cast<int64_t>(bytes_.take_number(2))));
        return true;
      case 'J':
        push(Value(static_cast<int64_t>(static_cast<int32_t>(bytes_.take_number(4)))));
        return true;
      case 0x8a:
        push(Value(bytes_.take_long()));
        return true;
      case 'G':
        push(Value(bytes_.take_double()));
        return true;
      case 'X':
        push(Value(std::string(bytes_.take(bytes_.take_number(4)))));
        return true;
      case 'c':
        push_global();
        return true;
      default:
        return false;
    }
  }

  bool push_container(uint8_t opcode) {
    switch (opcode) {
      case '(':
        marks_.push_back(stack_.size());
        return true;
      case ')':
        push(Sequence{.is_tuple = true});
        return true;
      case ']':
        push(Sequence{.is_tuple = false});
        return true;
      case '}':
        push(Mapping{});
        return true;
      case 't':
        push(Sequence{.is_tuple = true, .items = pop_mark()});
        return true;
      case 0x85:  // TUPLE1, TUPLE2, TUPLE3
      case 0x86:
      case 0x87:
        push(Sequence{.is_tuple = true, .items = pop_many(opcode - 0x84)});
        return true;
      default:
        return false;
    }
  }

  bool use_memo(uint8_t opcode) {
    switch (opcode) {
      case 'q':
        memo_[bytes_.take_number(1)] = top();
        return true;
      case 'r':
        memo_[bytes_.take_number(4)] = top();
        return true;
      case 'h':
        recall(bytes_.take_number(1));
        return true;
      case 'j':
        recall(bytes_.take_number(4));
        return true;
      default:
        return false;
    }
  }

  bool build(uint8_t opcode) {
    switch (opcode) {
      case 'a':
        append(pop_many(1));
        return true;
      case 'e':
        append(pop_mark());
        return true;
      case 's':
        set_items(pop_many(2));
        return true;
      case 'u':
        set_items(pop_mark());
        return true;
      case 'Q':
        push(tensors_.load_storage(part<Sequence>(pop(), "a storage's description")));
        return true;
      case 'R':
        call();
        return true;
      case 'b':  // attributes of an OrderedDict: `_metadata` of a module's state
        pop();
        part<Mapping>(top(), "an object with attributes");
        return true;
      default:
        return false;
    }
  }

  void expect_protocol_2() {
    if (const uint64_t protocol = bytes_.take_number(1); protocol != 2) {
      throw Error("pickle protocol is " + std::to_string(protocol) +
                  ", expected 2 (the default of torch.save)");
    }
  }

  void push_global() {
    std::string name(bytes_.take_line());
    name.append(".").append(bytes_.take_line());
    constexpr std::array kClasses = {kOrderedDict, kSize, kTensor, kParameter, kQuantized};
    if (const ElementType* dtype = dtype_named(name)) {
      push(Value(dtype->type));
    } else if (std::find(kClasses.begin(), kClasses.end(), name) != kClasses.end() ||
               name.starts_with("torch.per_") || name.ends_with("Storage")) {
      push(Global{std::move(name)});
    } else {
      throw Error("holds a Python object, '" + name +
                  "', which is not read; expected tensors, numbers, strings, lists and dicts");
    }
  }

  static const ElementType* dtype_named(std::string_view name) {
    constexpr std::string_view kTorch = "torch.";
    return name.starts_with(kTorch) ? element_type_of_dtype(name.substr(kTorch.size())) : nullptr;
  }

  void call() {
    const auto& arguments = part<Sequence>(pop(), "arguments");
    const std::string& name = part<Global>(pop(), "a function").name;
    if (name == kTensor) {
      push(Value(TensorRebuilder::rebuild_tensor(arguments)));
    } else if (name == kQuantized) {
      push(Value(TensorRebuilder::rebuild_quantized(arguments)));
    } else if (name == kOrderedDict && arguments.items.empty()) {
      push(Mapping{});
    } else if ((name == kParameter || name == kSize) && !arguments.items.empty()) {
      stack_.push_back(arguments.items[0]);
    } else {
      throw Error("calls '" + name + "' in a way that torch.save does not write");
    }
  }

  void append(const std::vector<Object*>& items) {
    auto& list = part<Sequence>(top(), "a list");
    if (list.is_tuple) {
      throw Error("pickle appends to a tuple");
    }
    list.items.insert(list.items.end(), items.begin(), items.end());
  }

  void set_items(const std::vector<Object*>& items) {
    auto& mapping = part<Mapping>(top(), "a dict");
    if (items.size() % 2 != 0) {
      throw Error("pickle has a key without a value");
    }
    for (size_t i = 0; i < items.size(); i += 2) {
      mapping.entries.emplace_back(items[i], items[i + 1]);
    }
  }

  void recall(uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) {
      throw Error("pickle refers to object " + std::to_string(index) + ", which it never made");
    }
    stack_.push_back(found->second);
  }

  template <typename Data>
  void push(Data data) {
    objects_.push_back(Object{std::move(data)});
    stack_.push_back(&objects_.back());
  }

  [[nodiscard]] Object* top() const {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) {
      throw Error("pickle takes an object where there is none");
    }
    return stack_.back();
  }

  Object* pop() {
    Object* object = top();
    stack_.pop_back();
    return object;
  }

  std::vector<Object*> pop_many(size_t count) {
    std::vector<Object*> items(count);
    for (size_t i = count; i-- > 0;) {
      items[i] = pop();
    }
    return items;
  }

  std::vector<Object*> pop_mark() {
    if (marks_.empty()) {
      throw Error("pickle ends a group that it did not begin");
    }
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Object*> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }

  template <typename T>
  static T& part(Object* object, const char* what) {
    T* found = std::get_if<T>(&object->data);
    if (found == nullptr) {
      throw Error("pickle has something else where " + std::string(what) + " was expected");
    }
    return *found;
  }

  PickleBytes bytes_;
  TensorRebuilder tensors_;
  std::deque<Object> objects_;  // owns; the addresses stay
  std::vector<Object*> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint64_t, Object*> memo_;
};

}  // namespace

Value read_pickle(std::string_view pickle,
                  const std::function<std::string_view(const std::string& key)>& storage) {
  return Reader(pickle, TensorRebuilder(storage)).read();
}

}  // namespace floatsd::serialize
