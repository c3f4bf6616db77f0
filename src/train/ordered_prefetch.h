// OrderedPrefetch: items made ahead by worker threads, handed out in order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace crossrank {

/// Items first, first + 1, ... count - 1 of `make`, at most `ahead` of them beyond the one that next() gives. Without workers next() makes
/// them itself. `make` is called from several threads at once.
template <typename Item>
class OrderedPrefetch {
 public:
  using Make = std::function<Item(int64_t index)>;

  OrderedPrefetch(int64_t first, int64_t count, int workers, int ahead, Make make)
      : next_(first), to_make_(first), count_(count), ahead_(ahead), make_(std::move(make)) {
    for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
  }
  OrderedPrefetch(const OrderedPrefetch&) = delete;
  OrderedPrefetch& operator=(const OrderedPrefetch&) = delete;
  ~OrderedPrefetch() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  /// The next item, or nothing after the last. What `make` threw for an item is thrown when its turn comes.
  std::optional<Item> next() {
    if (next_ >= count_) return std::nullopt;
    if (threads_.empty()) return make_(next_++);
    std::unique_lock lock(mutex_);
    made_.wait(lock, [&] { return items_.contains(next_); });
    auto taken = items_.extract(next_++);
    lock.unlock();
    room_.notify_all();
    if (taken.mapped().error) std::rethrow_exception(taken.mapped().error);
    return std::move(taken.mapped().item);
  }

 private:
  struct Made {
    std::optional<Item> item;
    std::exception_ptr error;
  };

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      room_.wait(lock, [&] { return stopping_ || (to_make_ < count_ && to_make_ <= next_ + ahead_); });
      if (stopping_) return;
      const int64_t index = to_make_++;
      lock.unlock();
      Made made;
      try {
        made.item = make_(index);
      } catch (...) {
        made.error = std::current_exception();
      }
      lock.lock();
      items_.emplace(index, std::move(made));
      made_.notify_all();
      if (to_make_ >= count_) return;
    }
  }

  int64_t next_, to_make_, count_, ahead_;
  Make make_;
  std::mutex mutex_;
  std::condition_variable room_, made_;
  std::map<int64_t, Made> items_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace crossrank
