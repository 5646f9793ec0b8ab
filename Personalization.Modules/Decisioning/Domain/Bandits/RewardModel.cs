using System.Runtime.InteropServices;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Decisioning.Domain.Bandits;

/// <summary>
/// Expects the reward of an action in a context: linear in hashed features and their pairs, learnt one example at a time by AdaGrad with steps
/// that do not overshoot however much an example weighs (Karampatziakis and Langford 2011). 2 MiB. One thread learns; others ask meanwhile,
/// and may see an example half learnt.
/// </summary>
internal sealed class RewardModel(double learningRate)
{
    private const int Bits = 18;
    private const int Count = 1 << Bits;
    private const int BlockWeights = 512;
    private const uint Intercept = 0x9E37_79B9;
    private readonly float[] _weights = new float[Count];
    private readonly float[] _squares = new float[Count];
    private readonly bool[] _isDirty = new bool[Count / BlockWeights];

    public float Expect(Example example)
    {
        var sum = _weights[Place(Intercept)];
        foreach (var action in example.Action.Span)
        {
            sum += _weights[Place(action.Hash)] * Scale(action.Value);
            foreach (var context in example.Context.Span)
            {
                sum += _weights[Place(Pair(context.Hash, action.Hash))] * Scale(context.Value) * Scale(action.Value);
            }
        }

        return sum;
    }

    /// <summary>Learns what came of an action.</summary>
    /// <param name="example">The action that was taken, in its context.</param>
    /// <param name="reward">What came of it.</param>
    /// <param name="importance">How many like it this one stands for: one over the chance with which it was taken.</param>
    public void Learn(Example example, float reward, float importance)
    {
        var error = reward - Expect(example);
        var norm = Visit(example, step: 0, error * error);
        if (norm > 0)
        {
            Visit(example, (float)(error * (1 - Math.Exp(-learningRate * importance * norm)) / norm), 0);
        }
    }

    public void Load(CheckpointReader reader, byte table) => reader.Visit(table, (block, row) =>
    {
        var values = MemoryMarshal.Cast<byte, float>(row);
        values[..BlockWeights].CopyTo(_weights.AsSpan((int)block * BlockWeights));
        values[BlockWeights..].CopyTo(_squares.AsSpan((int)block * BlockWeights));
    });

    public void Collect(CheckpointWriter writer, byte table)
    {
        for (var block = 0; block < _isDirty.Length; block++)
        {
            if (!_isDirty[block])
            {
                continue;
            }

            _isDirty[block] = false;
            var row = MemoryMarshal.Cast<byte, float>(writer.Reserve(table, block, 2 * BlockWeights * sizeof(float)));
            _weights.AsSpan(block * BlockWeights, BlockWeights).CopyTo(row);
            _squares.AsSpan(block * BlockWeights, BlockWeights).CopyTo(row[BlockWeights..]);
        }
    }

    /// <summary>Moves every weight of the example by a step, after adding to what its gradients have come to; returns the example's length in that measure.</summary>
    private float Visit(Example example, float step, float squaredError)
    {
        var norm = Touch(Place(Intercept), 1, step, squaredError);
        foreach (var action in example.Action.Span)
        {
            norm += Touch(Place(action.Hash), Scale(action.Value), step, squaredError);
            foreach (var context in example.Context.Span)
            {
                norm += Touch(Place(Pair(context.Hash, action.Hash)), Scale(context.Value) * Scale(action.Value), step, squaredError);
            }
        }

        return norm;
    }

    private float Touch(int place, float value, float step, float squaredError)
    {
        _squares[place] += squaredError * value * value;
        var rate = 1 / MathF.Sqrt(1 + _squares[place]);
        _weights[place] += step * value * rate;
        _isDirty[place / BlockWeights] = true;
        return value * value * rate;
    }

    /// <summary>Ages, prices and counts lie orders of magnitude apart: their logarithm says as much.</summary>
    private static float Scale(float value) => value is >= -1 and <= 1 ? value : MathF.CopySign(1 + MathF.Log(Math.Abs(value)), value);

    private static uint Pair(uint context, uint action) => (context * 0x85EB_CA6B) ^ (action * 0xC2B2_AE35);

    private static int Place(uint hash) => (int)((hash * 0x9E37_79B1) >> (32 - Bits));
}
