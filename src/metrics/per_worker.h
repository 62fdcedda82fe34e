// One T for each worker, made by that worker when it first needs it; whoever sums them up reads what there is.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

namespace rota {

template <class T>
class PerWorker {
 public:
  explicit PerWorker(std::size_t workers) : cells_(workers) {}
  PerWorker(const PerWorker&) = delete;
  PerWorker& operator=(const PerWorker&) = delete;
  ~PerWorker() {
    for (const std::atomic<T*>& cell : cells_) delete cell.load(std::memory_order_acquire);
  }

  // On that worker's thread. The same one each time.
  T& of(std::size_t worker) {
    T* cell = cells_[worker].load(std::memory_order_relaxed);
    if (cell == nullptr) {
      cell = new T;
      cells_[worker].store(cell, std::memory_order_release);
    }
    return *cell;
  }

  // On any thread.
  template <class Function>
  void for_each(Function function) const {
    for (const std::atomic<T*>& cell : cells_) {
      if (const T* made = cell.load(std::memory_order_acquire)) function(*made);
    }
  }

 private:
  std::vector<std::atomic<T*>> cells_;
};

}  // namespace rota
