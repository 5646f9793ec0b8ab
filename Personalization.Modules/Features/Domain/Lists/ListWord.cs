namespace Personalization.Features.Domain.Lists;

/// <summary>The latest word about one person and one edition of a list.</summary>
/// <param name="List">Number of the list.</param>
/// <param name="Edition">Which edition of its members it is about; see <see cref="PeopleList"/>.</param>
/// <param name="Offset">Where it stands in the log: the latest counts.</param>
/// <param name="IsOn">
/// Whether the person is on it. Who was taken off is kept too: when profiles merge, that somebody was taken off last must win over what was said
/// before.
/// </param>
internal readonly record struct ListWord(int List, long Edition, long Offset, bool IsOn);
