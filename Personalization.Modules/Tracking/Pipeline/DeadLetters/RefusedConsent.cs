using System.Text.Json;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>Reads what an event says about consent that is refused for something else, in its own context or in that of its batch.</summary>
internal sealed class RefusedConsent(SegmentParser parser, EventBatchPool pool)
{
    /// <summary>Purposes that it speaks of; none of a letter that is no event, or cannot be read.</summary>
    public ConsentSignal Of(DeadLetter letter)
    {
        if (!letter.IsEvent)
        {
            return default;
        }

        var own = Said(ContextOf(letter.Body));
        var shared = Said(letter.Context);
        return new ConsentSignal((byte)(own.Stated | shared.Stated), (byte)(own.Granted | (shared.Granted & ~own.Stated)));
    }

    private ConsentSignal Said(ReadOnlySpan<byte> context)
    {
        if (context.IsEmpty)
        {
            return default;
        }

        var batch = pool.Rent(context.Length);
        try
        {
            batch.EnsureBuffer(context.Length);
            context.CopyTo(batch.Buffer);
            batch.BufferLength = context.Length;
            batch.SharedContext = new Utf8Slice(0, context.Length);
            return parser.ParseStoredContext(batch).Consent;
        }
        finally
        {
            batch.Release();
        }
    }

    /// <summary>The member <c>context</c> of an event; empty when it has none, or is no JSON as far as that.</summary>
    private static ReadOnlySpan<byte> ContextOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ParserLimits.BodyDepth });
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isContext = reader.ValueSpan.SequenceEqual("context"u8);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                if (isContext)
                {
                    return json[start..(int)reader.BytesConsumed];
                }
            }
        }
        catch (JsonException)
        {
            // What it says cannot be told; whom it is of can, by the ids that stand in it.
        }

        return [];
    }
}
