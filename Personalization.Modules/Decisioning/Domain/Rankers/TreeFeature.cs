using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Trees;

namespace Personalization.Decisioning.Domain.Rankers;

/// <summary>Asks an imported tree model about candidates: its features are found by their names, and one that we do not have is unknown to it.</summary>
internal sealed class TreeFeature(TreeModels models, string?[] names)
{
    private volatile Mapped? _mapped;

    /// <summary>Sets the feature of all candidates; 0 when there is no such model.</summary>
    /// <param name="id">The model's.</param>
    /// <param name="slate">Whose candidates have features.</param>
    /// <param name="features">Of the decision.</param>
    /// <param name="room">Working memory, reused.</param>
    public void Fill(string id, ReadOnlySpan<SlateEntry> slate, FeatureTable features, List<double> room)
    {
        if (!models.Current.TryGetValue(id, out var served))
        {
            return;
        }

        var mapped = _mapped;
        if (mapped is null || mapped.Model != served.Model)
        {
            _mapped = mapped = new Mapped(served.Model, [.. served.Model.FeatureNames.Select(name => Array.IndexOf(names, name))]);
        }

        System.Runtime.InteropServices.CollectionsMarshal.SetCount(room, mapped.Places.Length + served.Model.Outputs);
        var all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(room);
        var input = all[..mapped.Places.Length];
        var output = all[mapped.Places.Length..];
        foreach (ref readonly var entry in slate)
        {
            if (entry.Row > 0)
            {
                var row = features[entry.Row - 1];
                row[FeatureTable.Tree] = Predict(mapped, row, input, output);
            }
        }
    }

    private static byte Predict(Mapped mapped, Span<byte> row, Span<double> input, Span<double> output)
    {
        for (var i = 0; i < input.Length; i++)
        {
            input[i] = mapped.Places[i] < 0 ? double.NaN : row[mapped.Places[i]] / 255.0;
        }

        mapped.Model.Predict(input, output);
        var value = output[^1];
        return FeatureTable.Step(mapped.Model.Link is TreeLink.Logistic or TreeLink.Softmax ? value : 1 / (1 + Math.Exp(-value)));
    }

    private sealed record Mapped(TreeModel Model, int[] Places);
}
