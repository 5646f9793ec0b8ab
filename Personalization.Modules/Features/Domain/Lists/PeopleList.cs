using System.Text.Json;
using Personalization.Features.Domain.Segments;

namespace Personalization.Features.Domain.Lists;

/// <summary>
/// One list. Its members have an edition: to replace them all, those of a new one are written beside, and one entry of the log makes it the
/// one that counts. So whoever asks sees the old members or the new ones, never some of both.
/// </summary>
/// <param name="Number">Given in log order, never twice.</param>
/// <param name="Id">Its name.</param>
/// <param name="Edition">Which one counts; what was said about an earlier one counts no more.</param>
/// <param name="IsLive">False when it is deleted: nobody is on it.</param>
/// <param name="Members">Who is on it: derived from what was said, made anew when the edition changes.</param>
internal sealed record PeopleList(int Number, string Id, long Edition, bool IsLive, ProfileBits Members)
{
    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(new Row(Id, Edition, IsLive), JsonSerializerOptions.Web);

    public static PeopleList Decode(int number, ReadOnlySpan<byte> bytes)
    {
        var row = JsonSerializer.Deserialize<Row>(bytes, JsonSerializerOptions.Web)!;
        return new PeopleList(number, row.Id, row.Edition, row.IsLive, new ProfileBits());
    }

    private sealed record Row(string Id, long Edition, bool IsLive);
}
