using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Kernel.Log;

namespace Personalization.Decisioning.Pipeline.Rankers;

/// <summary>
/// Answers of rankers in the log, so that a replay learns from the same features: version, number of answers, and of each the key, time, placement, and of
/// each item its number and the features that are not 0. Little-endian. Nothing says whose an answer was.
/// </summary>
internal sealed class ShownEntry : LogEntry
{
    public const byte EntryKind = 20;
    private const byte Version = 1;
    private readonly ReadOnlyMemory<byte> _body;

    private ShownEntry(ReadOnlyMemory<byte> body, IReadOnlyList<ShownAnswer> answers) => (_body, Answers) = (body, answers);

    public override byte Kind => EntryKind;

    public override int Count => 1;

    public override int ByteCount => _body.Length;

    public IReadOnlyList<ShownAnswer> Answers { get; }

    public static ShownEntry Of(IReadOnlyList<ShownAnswer> answers)
    {
        var body = new ArrayBufferWriter<byte>();
        var header = body.GetSpan(3);
        header[0] = Version;
        BinaryPrimitives.WriteUInt16LittleEndian(header[1..], (ushort)answers.Count);
        body.Advance(3);
        foreach (var answer in answers)
        {
            Write(answer, body);
        }

        return new ShownEntry(body.WrittenMemory, answers);
    }

    /// <exception cref="InvalidDataException">The body is not one of ours, or of a later version.</exception>
    public static ShownEntry Read(ReadOnlySpan<byte> body)
    {
        if (body.Length < 3 || body[0] != Version)
        {
            throw new InvalidDataException($"Answers in the log are of version {(body.IsEmpty ? 0 : body[0])}; this program reads {Version}.");
        }

        try
        {
            var answers = new ShownAnswer[BinaryPrimitives.ReadUInt16LittleEndian(body[1..])];
            var rest = body[3..];
            for (var i = 0; i < answers.Length; i++)
            {
                answers[i] = ReadAnswer(ref rest);
            }

            return new ShownEntry(body.ToArray(), answers);
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw new InvalidDataException("Answers in the log end early.", error);
        }
    }

    public override void WriteTo(IBufferWriter<byte> output) => output.Write(_body.Span);

    /// <summary>The collector takes it.</summary>
    protected override void OnReleased()
    {
    }

    private static void Write(ShownAnswer answer, ArrayBufferWriter<byte> body)
    {
        var name = Encoding.UTF8.GetBytes(answer.Placement);
        var span = body.GetSpan(26 + name.Length);
        BinaryPrimitives.WriteUInt128LittleEndian(span, answer.Key);
        BinaryPrimitives.WriteInt64LittleEndian(span[16..], answer.AtMs);
        span[24] = (byte)name.Length;
        name.CopyTo(span[25..]);
        span[25 + name.Length] = (byte)answer.Items.Length;
        body.Advance(26 + name.Length);
        for (var i = 0; i < answer.Items.Length; i++)
        {
            var room = body.GetSpan(5 + FeatureTable.MaxPacked);
            BinaryPrimitives.WriteInt32LittleEndian(room, answer.Items[i]);
            var packed = FeatureTable.Pack(answer.FeaturesOf(i), room[5..]);
            room[4] = (byte)(packed / 2);
            body.Advance(5 + packed);
        }
    }

    private static ShownAnswer ReadAnswer(ref ReadOnlySpan<byte> rest)
    {
        var (key, atMs) = (BinaryPrimitives.ReadUInt128LittleEndian(rest), BinaryPrimitives.ReadInt64LittleEndian(rest[16..]));
        var placement = Encoding.UTF8.GetString(rest.Slice(25, rest[24]));
        rest = rest[(25 + rest[24])..];
        var answer = new ShownAnswer(key, placement, atMs, new int[rest[0]], new byte[rest[0] * FeatureTable.Width]);
        rest = rest[1..];
        for (var i = 0; i < answer.Items.Length; i++)
        {
            var features = answer.FeaturesOf(i);
            foreach (var pair in System.Runtime.InteropServices.MemoryMarshal.Cast<byte, (byte Place, byte Value)>(rest.Slice(5, 2 * rest[4])))
            {
                features[pair.Place % FeatureTable.Width] = pair.Value;
            }

            answer.Items[i] = BinaryPrimitives.ReadInt32LittleEndian(rest);
            rest = rest[(5 + (2 * rest[4]))..];
        }

        return answer;
    }
}
