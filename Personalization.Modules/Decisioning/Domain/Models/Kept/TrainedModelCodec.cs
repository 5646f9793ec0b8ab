using System.Text.Json;
using Personalization.Decisioning.Domain.Models.Content;
using Personalization.Decisioning.Domain.Models.Purchases;
using Personalization.Decisioning.Domain.Models.Sessions;

namespace Personalization.Decisioning.Domain.Models.Kept;

/// <summary>Trained models as bytes. What is read answers as what was written did, or is refused: the fingerprint is made anew and compared.</summary>
internal static class TrainedModelCodec
{
    /// <summary>Of the bytes, and of what the code makes of them: raised when either changes, which drops what was kept and trains anew.</summary>
    public const int Format = 1;

    public static byte[] Write(IModel model)
    {
        var writer = new ModelWriter().Text(JsonSerializer.Serialize(model.Lineage));
        switch (model)
        {
            case NextPurchaseModel purchases:
                purchases.Write(writer);
                break;
            case ContentModel content:
                content.Write(writer);
                break;
            case SessionOrderModel order:
                writer.List<float>([order.Power, order.PowerWithCurrent]);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(model), model.Name, "No form for this model.");
        }

        return writer.ToBytes();
    }

    /// <exception cref="InvalidDataException">Damaged, or of another version of the code.</exception>
    public static IModel Read(string name, ReadOnlySpan<byte> bytes)
    {
        var reader = new ModelReader(bytes);
        var lineage = ReadLineage(reader.Text());
        IModel model;
        try
        {
            model = name switch
            {
                NextPurchaseModel.ModelName => NextPurchaseModel.Read(ref reader, lineage),
                ContentModel.ModelName => ContentModel.Read(ref reader, lineage),
                SessionOrderModel.ModelName => ReadOrder(ref reader, lineage),
                _ => throw new InvalidDataException($"This program has no model '{name}'."),
            };
        }
        catch (Exception error) when (error is IndexOutOfRangeException or ArgumentException)
        {
            throw new InvalidDataException("Its numbers do not fit each other.", error);
        }

        if (!reader.IsAtEnd || model.Lineage.Fingerprint != lineage.Fingerprint)
        {
            throw new InvalidDataException("It is not what its lineage says: another version of the code wrote it.");
        }

        return model;
    }

    private static SessionOrderModel ReadOrder(ref ModelReader reader, ModelLineage lineage) => reader.List<float>() is [var power, var withCurrent]
        ? new SessionOrderModel(power, withCurrent, lineage with { Fingerprint = SessionOrderModel.FingerprintOf(power, withCurrent) })
        : throw new InvalidDataException("An order has two numbers.");

    private static ModelLineage ReadLineage(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<ModelLineage>(json) ?? throw new InvalidDataException("It has no lineage.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"Its lineage cannot be read: {error.Message}", error);
        }
    }
}
