#pragma once

#include <QFontMetricsF>
#include <QString>
#include <utility>

namespace shaketable::gui {

/// A name on one line or, where it is too long for its width, on two; what is still too long is
/// elided. It is broken behind a separator, before a capital, or before a word that names of
/// services end with ("cart" / "service"), as late as the first part fits; with none of these,
/// anywhere, with a hyphen.
[[nodiscard]] std::pair<QString, QString> name_lines(const QString& name,
                                                     const QFontMetricsF& metrics, double width);

}  // namespace shaketable::gui
