namespace Personalization.Bench.Data;

/// <summary>One session of a click set, in order.</summary>
/// <param name="Id">As in the file.</param>
/// <param name="Items">Item ids, oldest first.</param>
/// <param name="TimesMs">Unix ms, each later than the one before.</param>
internal sealed record ClickSession(string Id, string[] Items, long[] TimesMs);
