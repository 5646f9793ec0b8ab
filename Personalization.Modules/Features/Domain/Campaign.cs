using System.Text.Json;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain;

/// <summary>The campaign that an event came through: source, medium and name of <c>context.campaign</c>. Allocates nothing.</summary>
internal static class Campaign
{
    private const uint FnvOffset = 2_166_136_261;
    private const uint FnvPrime = 16_777_619;

    /// <summary>16 bits of a hash; 0 for none. The event's own context wins over that of its request.</summary>
    public static ushort KeyOf(TrackedEvent trackedEvent) =>
        KeyOf(trackedEvent.Text(trackedEvent.Context)) is var own and not 0 ? own : KeyOf(trackedEvent.Text(trackedEvent.Batch.SharedContext));

    /// <summary>Most contexts name no campaign, which a search for the word tells in a few nanoseconds.</summary>
    public static ushort KeyOf(ReadOnlySpan<byte> context)
    {
        if (context.IndexOf("\"campaign\""u8) < 0)
        {
            return 0;
        }

        try
        {
            return Read(context);
        }
        catch (JsonException)
        {
            // A damaged file: nothing is known of where the shopper came from.
            return 0;
        }
    }

    private static ushort Read(ReadOnlySpan<byte> context)
    {
        var reader = new Utf8JsonReader(context);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
            {
                continue;
            }

            var isCampaign = reader.IsText("campaign"u8);
            reader.Read();
            if (isCampaign && reader.TokenType == JsonTokenType.StartObject)
            {
                return ReadCampaign(ref reader);
            }

            reader.Skip();
        }

        return 0;
    }

    private static ushort ReadCampaign(ref Utf8JsonReader reader)
    {
        uint source = 0, medium = 0, name = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ref var part = ref reader.IsText("source"u8) ? ref source : ref reader.IsText("medium"u8) ? ref medium : ref name;
            var isPart = reader.IsText("source"u8) || reader.IsText("medium"u8) || reader.IsText("name"u8);
            reader.Read();
            if (isPart && reader.TokenType == JsonTokenType.String && !reader.ValueSpan.IsEmpty)
            {
                part = Hash(reader.ValueSpan);
            }

            reader.Skip();
        }

        if ((source | medium | name) == 0)
        {
            return 0;
        }

        var all = (((source * 31) + medium) * 31) + name;
        return (ushort)Math.Max(1, (all ^ (all >> 16)) & 0xFFFF);
    }

    private static uint Hash(ReadOnlySpan<byte> text)
    {
        var hash = FnvOffset;
        foreach (var each in text)
        {
            hash = (hash ^ each) * FnvPrime;
        }

        return hash == 0 ? 1 : hash;
    }
}
