#pragma once

#include <QLockFile>
#include <QObject>
#include <QString>
#include <QTimer>
#include <memory>
#include <optional>
#include <vector>

#include "gui/app/places.h"
#include "gui/document/edit_preview.h"
#include "gui/workbench/workbench.h"

namespace shaketable::gui {

/// A document whose changes nobody saved before the program went away.
struct Unsaved {
  QString record;  ///< The file that holds it.
  QString path;    ///< Of the scenario.
  bool has_file = false;
  QString time;  ///< When it was kept, local time.
  std::vector<engine::SourceFile> files;
  std::optional<Layout> layout;  ///< When boxes stand elsewhere than in the file beside it.
  std::string run;               ///< What the run was called to which `acts` were done.
  std::vector<ActedFault> acts;  ///< What no file holds of it.
};

/// Keeps changes that are not saved in a folder of its own (XDG_STATE_HOME), so that a crash costs
/// a second: text, places of boxes, and what was done to a run. What is kept goes away with saving,
/// and with giving the changes up.
class Recovery : public QObject {
  Q_OBJECT

 public:
  explicit Recovery(Workbench& workbench, QObject* parent = nullptr);
  ~Recovery() override;

  /// Keeps what there is to keep, at once. True when there is something, and it is kept.
  bool keep();
  /// Boxes stand so now; nothing when that is as saved. Is kept soon.
  void note_layout(std::optional<Layout> layout);
  /// The changes are saved or given up.
  void forget();
  /// What programs that are gone have left behind, newest first.
  [[nodiscard]] static std::vector<Unsaved> left_behind();
  /// Makes it the document, with its changes to be saved or undone.
  static void restore(Workbench& workbench, const Unsaved& unsaved);
  static void remove(const Unsaved& unsaved);
  /// What it holds beside what the disk has now.
  [[nodiscard]] static std::vector<PreviewedFile> changes_of(const Unsaved& unsaved);
  [[nodiscard]] static QString folder();

 Q_SIGNALS:
  void failed(const QString& why);

 private:
  Workbench& workbench_;
  QString record_;
  std::unique_ptr<QLockFile> lock_;
  QTimer timer_;
  std::optional<Layout> layout_;
  /// What the record was made from.
  struct Kept {
    std::uint64_t revision = 0;
    std::optional<Layout> layout;
    int run = 0;
    std::uint64_t acts = 0;

    friend bool operator==(const Kept&, const Kept&) = default;
  };
  [[nodiscard]] Kept now() const;
  [[nodiscard]] QByteArray record_text() const;
  void keep_soon();

  std::optional<Kept> kept_;
  bool has_failed_ = false;
};

}  // namespace shaketable::gui
