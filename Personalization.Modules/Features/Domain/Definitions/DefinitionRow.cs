using System.Text.Json;

namespace Personalization.Features.Domain.Definitions;

/// <summary>What a checkpoint keeps of a definition besides its versions, as JSON: there are few, and they change rarely.</summary>
internal static class DefinitionRow
{
    public static byte[] Write(DefinitionBook.Definition found) => JsonSerializer.SerializeToUtf8Bytes(
        new Fields(found.Kind, found.Id, found.LiveVersion, found.NewestVersion, found.IsDeleted, found.ChangedAt));

    public static DefinitionBook.Definition Read(long row, ReadOnlySpan<byte> value)
    {
        var fields = JsonSerializer.Deserialize<Fields>(value)!;
        return new DefinitionBook.Definition(fields.Kind, fields.Id, row)
        {
            LiveVersion = fields.LiveVersion,
            NewestVersion = fields.NewestVersion,
            IsDeleted = fields.IsDeleted,
            ChangedAt = fields.ChangedAt,
        };
    }

    private sealed record Fields(string Kind, string Id, int LiveVersion, int NewestVersion, bool IsDeleted, long ChangedAt);
}
