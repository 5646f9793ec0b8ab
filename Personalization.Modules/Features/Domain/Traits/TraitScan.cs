using System.Text.Json;
using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Traits;

/// <summary>Takes the traits out of an object.</summary>
internal interface ITraitVisitor
{
    /// <param name="path">UTF-8, with dots.</param>
    /// <param name="value">None for a trait that is taken back by null.</param>
    /// <param name="json">Where a text stands.</param>
    void Visit(ReadOnlySpan<byte> path, ref readonly FoundValue value, ReadOnlySpan<byte> json);
}

/// <summary>
/// Walks the JSON object of <c>traits</c>: nested objects by paths with dots, four levels deep. Arrays are left out: they are lists of things, which
/// events tell better. Names with escapes are left out too. In the order of the document, so that of a name that stands twice the last counts.
/// </summary>
internal static class TraitScan
{
    /// <summary>UTF-8 bytes of a path; a longer one is left out.</summary>
    public const int MaxPathBytes = 128;

    /// <summary>Traits that are looked at in one call; further ones are left out.</summary>
    public const int MaxTraits = 256;
    private const int MaxDepth = 4;

    public static void Read<TVisitor>(ReadOnlySpan<byte> json, TraitRules rules, ref TVisitor visitor)
        where TVisitor : struct, ITraitVisitor
    {
        if (json.IsEmpty)
        {
            return;
        }

        var reader = new Utf8JsonReader(json);
        if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            Span<byte> path = stackalloc byte[MaxPathBytes + 1];
            var room = MaxTraits;
            ReadObject(ref reader, path, new Level(0, 1, IsIdentifying: false), ref room, json, rules, ref visitor);
        }
    }

    private static void ReadObject<TVisitor>(
        ref Utf8JsonReader reader, scoped Span<byte> path, Level level, ref int room, ReadOnlySpan<byte> json, TraitRules rules, ref TVisitor visitor)
        where TVisitor : struct, ITraitVisitor
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            var isRead = !reader.ValueIsEscaped && name.Length > 0 && level.Length + name.Length <= MaxPathBytes && room > 0;
            if (isRead)
            {
                name.CopyTo(path[level.Length..]);
            }

            reader.Read();
            if (!isRead)
            {
                reader.Skip();
                continue;
            }

            var whole = path[..(level.Length + name.Length)];
            var isIdentifying = level.IsIdentifying || TraitRules.IsIdentifying(name);
            if (reader.TokenType == JsonTokenType.StartObject && level.Depth < MaxDepth)
            {
                path[whole.Length] = (byte)'.';
                ReadObject(ref reader, path, new Level(whole.Length + 1, level.Depth + 1, isIdentifying), ref room, json, rules, ref visitor);
            }
            else if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray || (isIdentifying && !rules.IsAskedFor(whole)))
            {
                reader.Skip();
            }
            else
            {
                room--;
                var value = PropertyScan.ValueAt(ref reader);
                if (value.Kind != ScalarKind.None || reader.TokenType == JsonTokenType.Null)
                {
                    visitor.Visit(whole, in value, json);
                }
            }
        }
    }

    /// <param name="Length">Bytes of the path so far, its last dot included.</param>
    /// <param name="Depth">From 1.</param>
    /// <param name="IsIdentifying">Whether an object around it tells who somebody is.</param>
    private readonly record struct Level(int Length, int Depth, bool IsIdentifying);
}
