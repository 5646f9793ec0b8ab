using System.Text.Json;

namespace Personalization.Tracking.Domain;

/// <summary>Reads <c>properties</c>: the order, the decision it answers, and the products as lines of the batch.</summary>
internal static class PropertiesReader
{
    /// <summary>At the value of <c>properties</c>; moves behind it. Products become lines of the batch's last event.</summary>
    public static EventProperties Read(ref BodyReader reader)
    {
        var read = EventProperties.None;
        if (reader.Json.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return read;
        }

        while (reader.NextProperty(out var name))
        {
            var field = FieldNames.PropertyFieldOf(name);
            reader.Json.Read();
            switch (field)
            {
                case PropertyField.Unknown:
                    reader.Skip();
                    break;
                case PropertyField.OrderId:
                    read.OrderId = reader.Text();
                    break;
                case PropertyField.DecisionId:
                    read.DecisionId = reader.Text();
                    break;
                case PropertyField.Placement:
                    read.Placement = reader.Text();
                    break;
                case PropertyField.Total:
                    read.Total = reader.Number();
                    break;
                case PropertyField.Revenue:
                    read.Revenue = reader.Number();
                    break;
                case PropertyField.Value:
                    read.Value = reader.Number();
                    break;
                case PropertyField.Products:
                    ReadProducts(ref reader);
                    break;
                default:
                    ReadProductField(ref reader, field, ref read.Product);
                    break;
            }
        }

        return read;
    }

    private static void ReadProducts(ref BodyReader reader)
    {
        // Of a repeated key the last value counts, as in JSON.parse.
        reader.Batch.RemoveLastLines();
        if (reader.Json.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }

        var count = 0;
        while (reader.Json.Read() && reader.Json.TokenType != JsonTokenType.EndArray)
        {
            var product = ReadProduct(ref reader);
            if (!product.AnyId.IsEmpty && ++count > ParserLimits.Lines)
            {
                reader.IgnoredLines++;
            }
            else
            {
                product.AddTo(reader.Batch, product.AnyId);
            }
        }
    }

    /// <summary>An object, or only the product's id.</summary>
    private static ProductFields ReadProduct(ref BodyReader reader)
    {
        var product = ProductFields.None;
        if (reader.Json.TokenType != JsonTokenType.StartObject)
        {
            product.ProductId = reader.Text();
            return product;
        }

        while (reader.NextProperty(out var name))
        {
            var field = FieldNames.PropertyFieldOf(name);
            reader.Json.Read();
            ReadProductField(ref reader, field, ref product);
        }

        return product;
    }

    private static void ReadProductField(ref BodyReader reader, PropertyField field, ref ProductFields product)
    {
        switch (field)
        {
            case PropertyField.ProductId:
                product.ProductId = reader.Text();
                break;
            case PropertyField.Sku:
                product.Sku = reader.Text();
                break;
            case PropertyField.Id:
                product.Id = reader.Text();
                break;
            case PropertyField.Category:
                product.Category = reader.Text();
                break;
            case PropertyField.Brand:
                product.Brand = reader.Text();
                break;
            case PropertyField.Price:
                product.Price = reader.Number();
                break;
            case PropertyField.Quantity:
                product.Quantity = reader.Number();
                break;
            default:
                reader.Skip();
                break;
        }
    }
}
