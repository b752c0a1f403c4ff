#pragma once

#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QSlider>
#include <QSpinBox>
#include <QWidget>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proxy/base/time.h"

class QGridLayout;
class QLabel;

namespace shaketable::gui {

/// A number that is a limit or none: a box to tick with a number behind it.
class OptionalNumber : public QWidget {
  Q_OBJECT

 public:
  OptionalNumber(const QString& title, int least, int most, int usual, QWidget* parent = nullptr);

  void set(std::optional<int> value);
  /// Nothing when it is not ticked.
  [[nodiscard]] std::optional<int> value() const;
  [[nodiscard]] QCheckBox& tick() { return *tick_; }
  [[nodiscard]] QSpinBox& number() { return *number_; }

 Q_SIGNALS:
  void changed();

 private:
  QCheckBox* tick_ = nullptr;
  QSpinBox* number_ = nullptr;
};

/// A length of time as scenarios write it ("250ms"), that is there or not.
class OptionalDuration : public QWidget {
  Q_OBJECT

 public:
  OptionalDuration(const QString& title, const QString& usual, QWidget* parent = nullptr);

  /// Zero: not ticked.
  void set(proxy::Duration value);
  /// Empty when it is not ticked. As typed: what it means is for the reader to say.
  [[nodiscard]] std::string value() const;
  [[nodiscard]] QCheckBox& tick() { return *tick_; }
  [[nodiscard]] QLineEdit& line() { return *line_; }

 Q_SIGNALS:
  void changed();

 private:
  QCheckBox* tick_ = nullptr;
  QLineEdit* line_ = nullptr;
};

/// Shares of 100 %, one slider each. When one is moved, those that are not locked make up for it.
class SharesEditor : public QWidget {
  Q_OBJECT

 public:
  explicit SharesEditor(QWidget* parent = nullptr);

  void set(const std::vector<std::pair<std::string, int>>& shares);
  [[nodiscard]] std::vector<std::pair<std::string, int>> shares() const;
  [[nodiscard]] QSlider* slider(std::size_t row) const;
  [[nodiscard]] QSpinBox* number(std::size_t row) const;

 Q_SIGNALS:
  void changed();

 private:
  struct Row {
    std::string name;
    QSlider* slider = nullptr;
    QSpinBox* number = nullptr;
    QCheckBox* lock = nullptr;
    int value = 0;
  };
  void move(std::size_t row, int value);
  void show_values();

  QGridLayout* grid_ = nullptr;
  std::vector<Row> rows_;
};

/// "10%" of 10.
[[nodiscard]] std::string percent_text(int percent);
/// A label that explains, in the muted colour.
[[nodiscard]] QLabel* remark(const QString& text, QWidget* parent);

}  // namespace shaketable::gui
