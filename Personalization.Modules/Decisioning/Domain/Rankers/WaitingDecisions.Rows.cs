using System.Buffers.Binary;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Decisioning.Domain.Rankers;

/// <content>An answer that waits, as a row of the checkpoint.</content>
internal sealed partial class WaitingDecisions
{
    private const int HeaderBytes = 16 + sizeof(long) + (3 * sizeof(int)) + 1;
    private const int ItemBytes = sizeof(int) + 1 + FeatureTable.Width;

    private static Waiting Read(long number, ReadOnlySpan<byte> row)
    {
        var nameLength = BinaryPrimitives.ReadInt32LittleEndian(row[28..]);
        var count = BinaryPrimitives.ReadInt32LittleEndian(row[32..]);
        var placement = System.Text.Encoding.UTF8.GetString(row.Slice(HeaderBytes, nameLength));
        var answer = new ShownAnswer(
            BinaryPrimitives.ReadUInt128LittleEndian(row), placement, BinaryPrimitives.ReadInt64LittleEndian(row[16..]), new int[count], new byte[count * FeatureTable.Width]);
        var outcomes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            var item = row.Slice(HeaderBytes + nameLength + (i * ItemBytes), ItemBytes);
            answer.Items[i] = BinaryPrimitives.ReadInt32LittleEndian(item);
            outcomes[i] = item[sizeof(int)];
            item[(sizeof(int) + 1)..].CopyTo(answer.FeaturesOf(i));
        }

        return new Waiting
        {
            Number = number,
            Answer = answer,
            Outcomes = outcomes,
            ProfileId = BinaryPrimitives.ReadInt32LittleEndian(row[24..]),
        };
    }

    private static void Write(Waiting waiting, CheckpointWriter writer)
    {
        var (answer, name) = (waiting.Answer, System.Text.Encoding.UTF8.GetBytes(waiting.Answer.Placement));
        var row = writer.Reserve(WaitingTable, waiting.Number, HeaderBytes + name.Length + (answer.Items.Length * ItemBytes));
        row[..HeaderBytes].Clear();
        BinaryPrimitives.WriteUInt128LittleEndian(row, answer.Key);
        BinaryPrimitives.WriteInt64LittleEndian(row[16..], answer.AtMs);
        BinaryPrimitives.WriteInt32LittleEndian(row[24..], waiting.ProfileId);
        BinaryPrimitives.WriteInt32LittleEndian(row[28..], name.Length);
        BinaryPrimitives.WriteInt32LittleEndian(row[32..], answer.Items.Length);
        name.CopyTo(row[HeaderBytes..]);
        for (var i = 0; i < answer.Items.Length; i++)
        {
            var item = row.Slice(HeaderBytes + name.Length + (i * ItemBytes), ItemBytes);
            BinaryPrimitives.WriteInt32LittleEndian(item, answer.Items[i]);
            item[sizeof(int)] = waiting.Outcomes[i];
            answer.FeaturesOf(i).CopyTo(item[(sizeof(int) + 1)..]);
        }
    }

    private sealed class Waiting
    {
        public required long Number { get; init; }

        public required ShownAnswer Answer { get; init; }

        /// <summary>By place: bits of what came of the item.</summary>
        public required byte[] Outcomes { get; init; }

        /// <summary>Who clicked; -1 while nobody has.</summary>
        public int ProfileId { get; set; } = -1;
    }
}
