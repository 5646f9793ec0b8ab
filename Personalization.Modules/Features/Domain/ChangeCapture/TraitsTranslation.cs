using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Personalization.Kernel.Hashing;

namespace Personalization.Features.Domain.ChangeCapture;

/// <summary>
/// Makes an identify call of a customer's row. Its message id follows from the position, so that the event path knows a repetition; its time is
/// the source's, so that whoever keeps traits can tell the older from the newer.
/// </summary>
internal sealed class TraitsTranslation(TableMapping mapping, KeyHasher hasher)
{
    private static readonly KeySpace ChangeSpace = new(0xCDC);
    private static readonly long LatestMs = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    public void Add(ChangeRecord change, ChangeSource source, int index, Capture capture)
    {
        var row = new MappedRow(change, mapping);
        if (row.Key is not { Length: > 0 } userId)
        {
            capture.Refuse(index, CaptureReason.RowMissing, MappedRow.KeyMissing(mapping));
            return;
        }

        var calls = new List<ReadOnlyMemory<byte>>(2);
        if (row.FormerKey is { Length: > 0 } former)
        {
            calls.Add(Identify(row, former, source, isGone: true)!.Value);
        }

        if (Identify(row, userId, source, change.IsDeletion) is { } call)
        {
            calls.Add(call);
            capture.AddTraits(index, calls);
        }
        else
        {
            capture.Refuse(index, CaptureReason.RowMissing, "None of the mapped columns is in the row.");
        }
    }

    /// <summary>The call, or null when it would say nothing.</summary>
    private ReadOnlyMemory<byte>? Identify(MappedRow row, string userId, ChangeSource source, bool isGone)
    {
        var traits = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(traits, CapturedAttributes.Plain))
        {
            json.WriteStartObject();
            if (row.WriteTraits(json, isGone) == 0)
            {
                return null;
            }

            json.WriteEndObject();
        }

        var call = new ArrayBufferWriter<byte>(traits.WrittenCount + 256);
        using (var json = new Utf8JsonWriter(call, CapturedAttributes.Plain))
        {
            json.WriteStartObject();
            json.WriteString("type", "identify");
            json.WriteString("messageId", MessageId(source, userId, traits.WrittenSpan));
            json.WriteString("userId", userId);
            if (source.Position.TimeMs is > 0 and var time && time <= LatestMs)
            {
                json.WriteString("timestamp", DateTimeOffset.FromUnixTimeMilliseconds(time).ToString("O", CultureInfo.InvariantCulture));
            }

            json.WritePropertyName("traits");
            json.WriteRawValue(traits.WrittenSpan);
            json.WriteEndObject();
        }

        return call.WrittenMemory;
    }

    /// <summary>A position that is a time only may be that of several changes, which their content then tells apart.</summary>
    private string MessageId(ChangeSource source, string userId, ReadOnlySpan<byte> traits)
    {
        var origin = new ArrayBufferWriter<byte>(256);
        origin.Write(Encoding.UTF8.GetBytes($"{source.Table}\n{userId}\n"));
        source.Position.Write(origin.GetSpan(SourcePosition.Length));
        origin.Advance(SourcePosition.Length);
        if (source.Position.Kind == PositionKind.Time)
        {
            origin.Write(traits);
        }

        Span<byte> hash = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(hash, hasher.Hash(ChangeSpace, origin.WrittenSpan));
        return "cdc-" + Convert.ToHexStringLower(hash);
    }
}
