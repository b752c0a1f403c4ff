#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/canvas/qt_words.h"
#include "gui/document/written_path.h"
#include "gui/wizards/form_fields.h"
#include "gui/wizards/policy_form.h"

namespace shaketable::gui {
namespace {

/// How a path or a header is compared, and the key for it.
struct Comparing {
  const char* title;
  const char* key;
};

constexpr Comparing kPaths[] = {{"any path", ""},
                                {"path is", "path"},
                                {"path begins with", "prefix"},
                                {"path matches (RE2)", "regex"}};
constexpr Comparing kHeaders[] = {{"is", "exact"},
                                  {"begins with", "prefix"},
                                  {"contains", "contains"},
                                  {"matches (RE2)", "regex"}};
constexpr const char* kMethods[] = {"any method", "GET", "POST", "PUT", "PATCH", "DELETE"};

/// Rules in their order; what is filled in below becomes a new one, before the others.
class RequestRoutingForm : public PolicyForm {
 public:
  RequestRoutingForm(const PolicySubject& subject, QWidget* parent)
      : PolicyForm(parent),
        subject_(subject),
        written_(written_items(subject.source, subject.at({"routes"}))) {
    auto* const column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    add_list(*column);
    auto* const form = new QFormLayout;
    column->addLayout(form);
    add_match(*form);
    to_ = new QComboBox(this);
    to_->setObjectName(QStringLiteral("to"));
    for (const std::string& version : subject.versions()) {
      to_->addItem(tr("version %1").arg(words(version)), words(version));
    }
    for (const engine::Service& service : subject.scenario.mesh.services) {
      if (service.name != subject.callee().name) {
        to_->addItem(tr("service %1").arg(words(service.name)), words(service.name));
      }
    }
    form->addRow(tr("Goes &to"), to_);
    connect(to_, &QComboBox::currentIndexChanged, this, &PolicyForm::changed);
  }

  [[nodiscard]] std::vector<ValueChange> changes() const override {
    WrittenItems items = written_;
    items.items.clear();
    if (const std::string rule = new_rule(); !rule.empty()) {
      items.items.push_back(rule);
    }
    for (int i = 0; i < list_->count(); ++i) {
      items.items.push_back(list_->item(i)->data(Qt::UserRole).toString().toStdString());
    }
    if (items.items.empty()) {
      return {{subject_.at({"routes"}), std::string()}};
    }
    if (items.items == written_.items) {
      return {};
    }
    return {{subject_.at({"routes"}), items_value(items)}};
  }

 private:
  void add_list(QVBoxLayout& column) {
    list_ = new QListWidget(this);
    list_->setObjectName(QStringLiteral("rules"));
    list_->setAccessibleName(tr("Rules, first match first"));
    list_->setMaximumHeight(110);
    for (const std::string& item : written_.items) {
      auto* const row = new QListWidgetItem(words(item).simplified(), list_);
      row->setData(Qt::UserRole, words(item));
    }
    auto* const buttons = new QHBoxLayout;
    const auto add = [&](const QString& text, auto act) {
      auto* const button = new QPushButton(text, this);
      buttons->addWidget(button);
      connect(button, &QPushButton::clicked, this, [this, act] {
        act(list_->currentRow());
        Q_EMIT changed();
      });
    };
    add(tr("Up"), [this](int row) { move_rule(row, row - 1); });
    add(tr("Down"), [this](int row) { move_rule(row, row + 1); });
    add(tr("Remove"), [this](int row) { delete list_->takeItem(row); });
    buttons->addStretch(1);
    const bool has_rules = !written_.items.empty();
    if (has_rules) {
      column.addWidget(new QLabel(tr("Rules, first match first"), this));
      column.addWidget(list_);
      column.addLayout(buttons);
    } else {
      list_->hide();
      for (int i = 0; i < buttons->count(); ++i) {
        if (QWidget* const button = buttons->itemAt(i)->widget()) {
          button->hide();
        }
      }
      delete buttons;
    }
    auto* const title =
        new QLabel(has_rules ? tr("A new rule, before the others") : tr("The rule"), this);
    QFont font = title->font();
    font.setWeight(QFont::DemiBold);
    title->setFont(font);
    column.addWidget(title);
  }

  void move_rule(int from, int to) {
    if (from < 0 || to < 0 || to >= list_->count()) {
      return;
    }
    QListWidgetItem* const item = list_->takeItem(from);
    list_->insertItem(to, item);
    list_->setCurrentRow(to);
  }

  void add_match(QFormLayout& form) {
    method_ = new QComboBox(this);
    for (const char* const method : kMethods) {
      method_->addItem(QString::fromLatin1(method));
    }
    path_how_ = new QComboBox(this);
    for (const Comparing& each : kPaths) {
      path_how_->addItem(tr(each.title));
    }
    path_ = new QLineEdit(this);
    path_->setObjectName(QStringLiteral("path"));
    path_->setPlaceholderText(QStringLiteral("/products"));
    path_->setEnabled(false);
    header_ = new QLineEdit(this);
    header_->setObjectName(QStringLiteral("header"));
    header_->setPlaceholderText(QStringLiteral("x-tester"));
    header_how_ = new QComboBox(this);
    for (const Comparing& each : kHeaders) {
      header_how_->addItem(tr(each.title));
    }
    value_ = new QLineEdit(this);
    value_->setObjectName(QStringLiteral("value"));
    value_->setPlaceholderText(tr("any value"));
    form.addRow(tr("&Method"), method_);
    auto* const path_row = new QHBoxLayout;
    path_row->addWidget(path_how_);
    path_row->addWidget(path_, 1);
    form.addRow(label(tr("&Path"), path_how_), path_row);
    auto* const header_row = new QHBoxLayout;
    header_row->addWidget(header_, 1);
    header_row->addWidget(header_how_);
    header_row->addWidget(value_, 1);
    form.addRow(label(tr("&Header"), header_), header_row);
    connect(path_how_, &QComboBox::currentIndexChanged, this, [this](int index) {
      path_->setEnabled(index > 0);
      Q_EMIT changed();
    });
    for (QComboBox* const box : {method_, header_how_}) {
      connect(box, &QComboBox::currentIndexChanged, this, &PolicyForm::changed);
    }
    for (QLineEdit* const line : {path_, header_, value_}) {
      connect(line, &QLineEdit::textChanged, this, &PolicyForm::changed);
    }
  }

  // Before a row of several fields; its key leads to the first.
  QLabel* label(const QString& text, QWidget* first) {
    auto* const made = new QLabel(text, this);
    made->setBuddy(first);
    return made;
  }

  // Empty while nothing is filled in.
  [[nodiscard]] std::string new_rule() const {
    std::string match;
    const auto add = [&match](const std::string& part) {
      match += (match.empty() ? "" : ", ") + part;
    };
    const auto text = [](const QLineEdit* line) {
      return yaml_scalar(line->text().trimmed().toStdString());
    };
    if (method_->currentIndex() > 0) {
      add("method: " + method_->currentText().toStdString());
    }
    if (path_how_->currentIndex() > 0 && !path_->text().trimmed().isEmpty()) {
      add(std::string(kPaths[path_how_->currentIndex()].key) + ": " + text(path_));
    }
    if (!header_->text().trimmed().isEmpty()) {
      const std::string how = kHeaders[header_how_->currentIndex()].key;
      const std::string value = value_->text().trimmed().isEmpty() ? "{present: true}"
                                : how == "exact"                   ? text(value_)
                                                 : "{" + how + ": " + text(value_) + "}";
      add("headers: {" + text(header_) + ": " + value + "}");
    }
    if (match.empty()) {
      return {};
    }
    return "{match: {" + match +
           "}, to: " + yaml_scalar(to_->currentData().toString().toStdString()) + "}";
  }

  PolicySubject subject_;
  WrittenItems written_;
  QListWidget* list_ = nullptr;
  QComboBox* method_ = nullptr;
  QComboBox* path_how_ = nullptr;
  QLineEdit* path_ = nullptr;
  QLineEdit* header_ = nullptr;
  QComboBox* header_how_ = nullptr;
  QLineEdit* value_ = nullptr;
  QComboBox* to_ = nullptr;
};

}  // namespace

PolicyForm* make_request_routing(const PolicySubject& subject, QWidget* parent) {
  return new RequestRoutingForm(subject, parent);
}

}  // namespace shaketable::gui
