#pragma once

#include <QLockFile>
#include <QObject>
#include <QString>
#include <QTimer>
#include <memory>
#include <vector>

#include "gui/workbench/workbench.h"

namespace shaketable::gui {

/// A document whose changes nobody saved before the program went away.
struct Unsaved {
  QString record;  ///< The file that holds it.
  QString path;    ///< Of the scenario.
  bool has_file = false;
  QString time;  ///< When it was kept, local time.
  std::vector<engine::SourceFile> files;
};

/// Keeps changes that are not saved in a folder of its own (XDG_STATE_HOME), so that a crash costs
/// seconds. What is kept goes away with saving, and with giving the changes up.
class Recovery : public QObject {
  Q_OBJECT

 public:
  explicit Recovery(Workbench& workbench, QObject* parent = nullptr);
  ~Recovery() override;

  /// Keeps what there is to keep, at once. True when there is something, and it is kept.
  bool keep();
  /// The changes are saved or given up.
  void forget();
  /// What programs that are gone have left behind, newest first.
  [[nodiscard]] static std::vector<Unsaved> left_behind();
  /// Makes it the document, with its changes to be saved or undone.
  static void restore(Workbench& workbench, const Unsaved& unsaved);
  static void remove(const Unsaved& unsaved);
  [[nodiscard]] static QString folder();

 Q_SIGNALS:
  void failed(const QString& why);

 private:
  Workbench& workbench_;
  QString record_;
  std::unique_ptr<QLockFile> lock_;
  QTimer timer_;
  std::uint64_t kept_ = ~std::uint64_t{0};
  bool has_failed_ = false;
};

}  // namespace shaketable::gui
