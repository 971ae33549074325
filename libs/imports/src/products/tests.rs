//! What files say, as far as it can be told without a database.

use std::fmt::Write as _;

use identity::{Party, PartyKind, PayoutAccount};
use kernel::PartyId;

use super::{Format, MAX_ROWS, Mapping, Options, sheet::Sheet};
use crate::{ImportsError, makers::Makers};

fn party(id: i64, handle: &str, name: &str) -> Party {
    let account = PayoutAccount { stripe_account: None, payouts_enabled: None, reason: None };
    let (kind, held_reason) = (PartyKind::Member, None);
    Party { id: PartyId(id), kind, handle: handle.to_owned(), name: name.to_owned(), email: None, account, minimum_payout: 0, held_reason }
}

fn try_read(bytes: &[u8], options: &Options) -> Result<Sheet, ImportsError> {
    let makers = Makers::new(vec![party(1, "ana", "Ana Potter"), party(2, "ben", "Ben's Farm")]);
    Sheet::read(bytes, "shop.csv", options, "EUR".parse().unwrap(), makers)
}

fn read(text: &str) -> Sheet {
    try_read(text.as_bytes(), &Options::default()).unwrap()
}

/// Each product with its title and rows: SKU, options, maker, price, units by location.
fn told(sheet: &Sheet) -> Vec<String> {
    let item = |(place, item): &(super::sheet::Place, super::row::Item)| {
        let counted: Vec<String> = item.counted.iter().map(|counted| format!("{}@{}", counted.units, counted.location)).collect();
        let (price, maker) = (item.price.map_or_else(String::new, |price| price.to_string()), item.maker.map_or(0, |maker| maker.0));
        format!("{}:{}[{}] {maker} {price} {}", place.line, item.sku, item.option_values.join("/"), counted.join(" ")).trim_end().to_owned()
    };
    let product = |product: &super::sheet::Product| {
        let items: Vec<String> = product.items.iter().map(item).collect();
        format!("{} {:?} ({})", product.handle, product.head.title, items.join(", "))
    };
    sheet.products.iter().map(product).collect()
}

fn reasons(sheet: &Sheet) -> Vec<(u64, &str)> {
    sheet.rejected.iter().map(|rejection| (rejection.place.line, rejection.reason.as_str())).collect()
}

fn refused(text: &str, options: &Options) -> String {
    try_read(text.as_bytes(), options).unwrap_err().to_string()
}

const SHOPIFY: &str = "\
Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Variant Requires Shipping,Variant Barcode,Image Src,Gift Card,Status
mug,Stoneware mug,\"<p>Thrown by hand.</p>\n<p>Holds 300 ml</p>\",Ana Potter,,Mugs,a,TRUE,Size,Small,Colour,Blue,,,MUG-S-B,shopify,7,18.00,TRUE,'4006381333931,https://cdn.example/1.jpg,false,active
mug,,,,,,,,,Large,,Blue,,,MUG-L-B,shopify,3,24.50,TRUE,,https://cdn.example/2.jpg,,
mug,,,,,,,,,,,,,,,,,,,,https://cdn.example/3.jpg,,
card,Card,,ana,,,,FALSE,Title,Default Title,,,,,,shopify,,2.00,TRUE,,,false,
";

#[test]
fn shopifys_rows_are_gathered_by_handle_and_pictures_are_rows_of_their_own() {
    let sheet = read(SHOPIFY);
    assert_eq!(sheet.header.format, Format::Shopify);
    assert_eq!(
        told(&sheet),
        ["mug \"Stoneware mug\" (2:MUG-S-B[Small/Blue] 1 1800 7@, 4:MUG-L-B[Large/Blue] 1 2450 3@)", "card \"Card\" (6:card[] 1 200)",]
    );
    let mug = &sheet.products[0];
    assert_eq!(mug.head.description.as_deref(), Some("Thrown by hand.\n\nHolds 300 ml"));
    assert_eq!(mug.head.option_names, ["Size", "Colour"]);
    assert_eq!((mug.head.status, sheet.products[1].head.status), (Some("active"), Some("draft")));
    assert_eq!(mug.items[0].1.barcode, "4006381333931");
    assert_eq!((mug.pictures.len(), sheet.pictures, sheet.rows), (1, 3, 4));
    assert_eq!(sheet.header.unread, ["Product Category", "Tags", "Variant Inventory Tracker"]);
}

#[test]
fn shopifys_columns_of_since_2025_are_read_as_well() {
    let sheet = read(
        "Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,Barcode,Option1 name,Option1 value,Option1 Linked To,Price,Compare-at price,Inventory quantity,Requires shipping,Product image URL,Gift card\n\
         Mug,mug,A mug,ana,,Mugs,,TRUE,Active,MUG,,Size,S,,18.00,20.00,4,TRUE,,FALSE\n\
         ,mug,,,,,,,,MUG-L,,,L,,19.00,,2,TRUE,,\n",
    );
    assert_eq!(told(&sheet), ["mug \"Mug\" (2:MUG[S] 1 1800 4@, 3:MUG-L[L] 1 1900 2@)"]);
}

#[test]
fn squares_quantities_are_each_of_a_place_and_what_is_to_be_comes_first() {
    let sheet = read(
        "\u{feff}Token,Item Name,Variation Name,SKU,Description,Categories,Reporting Category,GTIN,Item Type,Price,Archived,Default Vendor Name,Current Quantity Main St,New Quantity Main St,Stock Alert Enabled Main St,Current Quantity Van,New Quantity Van\r\n\
         T1,Candle,Small,C-S,Soy wax,\"Home, Gifts\",,,Physical good,12,N,Ana Potter,10,,N,,4\r\n\
         T2,Candle,Large,C-L,Soy wax,,,,Physical good,18.50,N,Ana Potter,3,5,N,1,\r\n\
         T3,Mug,Regular,M,,,Kitchen,4006381333931,Physical good,variable,N,ana,9,,N,,\r\n\
         T4,Spoon,Regular,SP,,,,,Physical good,3.00,Y,ana,,,N,,\r\n",
    );
    assert_eq!(sheet.header.format, Format::Square);
    assert_eq!(
        told(&sheet),
        ["candle \"Candle\" (2:C-S[Small] 1 1200 10@Main St 4@Van, 3:C-L[Large] 1 1850 5@Main St 1@Van)", "spoon \"Spoon\" (5:SP[] 1 300)",]
    );
    assert_eq!(sheet.products[0].head.category, ["Home"]);
    assert_eq!((sheet.products[0].head.status, sheet.products[1].head.status), (Some("active"), Some("archived")));
    assert_eq!(reasons(&sheet), [(4, "price \"variable\" is not an amount of EUR; write it as 12.50, with at most 2 decimals")]);
}

#[test]
fn open_food_networks_products_are_each_producers_own_and_told_apart_by_their_units() {
    let sheet = read(
        "producer,sku,name,display_name,category,description,units,unit_type,variant_unit_name,price,on_hand,available_on,on_demand,shipping_category,tax_category\n\
         Ben's Farm,,Carrots,,Vegetables,,500,g,,1.20,40,,0,Default,\n\
         Ben's Farm,,Carrots,Heritage,Vegetables,,1,kg,,2.80,,,1,Default,\n\
         ana,EGG,Eggs,,,,6,,egg,3.5,12,,,Default,\n\
         ana,,Milk,,,,lots,L,,3.5,12,,,Default,\n",
    );
    assert_eq!(sheet.header.format, Format::Ofn);
    assert_eq!(
        told(&sheet),
        ["carrots-bens-farm \"Carrots\" (2:carrots-bens-farm-500-g[500 g] 2 120 40@)", "eggs-ana \"Eggs\" (4:EGG[6 egg] 1 350 12@)",]
    );
    assert_eq!(
        reasons(&sheet),
        [
            (3, "it has 2 options, but the first row of carrots-bens-farm names Unit; give every row a value for each"),
            (5, "units \"lots\" is not a number of L"),
        ]
    );
}

#[test]
fn a_plain_file_is_read_by_our_columns_or_by_a_mapping() {
    let plain = read("title,sku,price,maker,quantity,location\nBowl,B1,30,ana,2,Studio\nBowl,B1,30,ana,1,Van\nBowl,B1,32,ben,1,Van\n");
    assert_eq!(told(&plain), ["bowl \"Bowl\" (2:B1[] 1 3000 2@Studio, 3:B1[] 1 3000 1@Van, 4:B1[] 2 3200 1@Van)"]);
    let mapping = Mapping::parse("title = Product name\nsku = Code\nprice = Retail\nmaker = By").unwrap();
    let options = Options { mapping: Some(mapping), ..Options::default() };
    let theirs = "Code,Product name,Retail,By,Colour\nB1,Bowl,30,Ben's Farm,red\n";
    let sheet = try_read(theirs.as_bytes(), &options).unwrap();
    assert_eq!(told(&sheet), ["bowl \"Bowl\" (2:B1[] 2 3000)"]);
    assert_eq!(sheet.header.unread, ["Colour"]);
    let told = refused("Code,Name,Retail,By\nB1,Bowl,30,ana\n", &options);
    assert!(told.contains("the mapping reads title from \"Product name\", but there is no such column"), "{told}");
    let shopify = Options { format: Some(Format::Shopify), ..options };
    assert!(refused(theirs, &shopify).contains("a mapping goes with plain files"));
}

#[test]
fn a_file_of_no_known_columns_is_refused_and_a_missing_column_is_named() {
    let none = Options::default();
    assert!(refused("a,b,c\n1,2,3\n", &none).contains("its columns are those of no product file that is known here"));
    let told = refused("Handle,Title,Variant SKU\nx,X,1\n", &none);
    assert!(told.contains("shop.csv has no column price"), "{told}");
    assert!(refused("producer,name,price\nana,X,1\n", &none).contains("has no column units"));
    assert!(refused("title;sku;price\nX;1;2\n", &none).contains("separated by ';'"));
    assert!(refused("title,sku,price,price\nX,1,2,3\n", &none).contains("the column \"price\" is there twice"));
    assert!(refused("", &none).contains("it is empty"));
    assert!(try_read(b"\xff\xfet\0i\0", &none).unwrap_err().to_string().contains("UTF-16"));
    assert!(try_read(b"title,sku,pr\xffce\n", &none).unwrap_err().to_string().contains("its header is not UTF-8"));
}

#[test]
fn each_row_that_cannot_be_read_is_told_with_its_line_and_the_others_go_in() {
    let many = "9".repeat(30);
    let rows: Vec<(Vec<u8>, &str)> = vec![
        (b"Mug,M1,12.50,ana,EUR,3".to_vec(), ""),
        (b"M\xffg,M2,12.50,ana,EUR,3".to_vec(), "title is not UTF-8"),
        (b"Pot,M1,9,ana,EUR,1".to_vec(), "sku \"M1\" belongs to another product at line 2"),
        (b"Mug,M1,12.50,ana,EUR,3".to_vec(), "sku \"M1\" of the same maker is at line 2 already"),
        (b"Cup,M3,\"12,50\",ana,EUR,3".to_vec(), "price \"12,50\" is not an amount of EUR"),
        (b"Jar,M4,12.50,ana,USD,3".to_vec(), "currency is \"USD\", but the co-op sells in EUR"),
        (format!("Lid,M5,12.50,ana,EUR,{many}").into_bytes(), "is more than 1000000 units"),
        (b"Pan,M6,12.50,anna,EUR,3".to_vec(), "there is no maker \"anna\"; did you mean ana?"),
        (b",M7,12.50,ana,EUR,3".to_vec(), "title is empty"),
        (b"Tea,M8,12.50,ana,EUR".to_vec(), "it has 5 fields where the header has 6"),
        (b"Urn,M9,12.50,ana,EUR,-3".to_vec(), "less than nothing"),
        ([b"Vas".as_slice(), b"\x07e,M10,1,ana,EUR,1"].concat(), "title contains a control character"),
        (b"Cup,M11,8,ana,EUR,3".to_vec(), ""),
    ];
    let mut bytes = b"title,sku,price,maker,currency,quantity\n".to_vec();
    for (row, _) in &rows {
        bytes.extend_from_slice(row);
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(b",,,,,\n\n");
    let sheet = try_read(&bytes, &Options::default()).unwrap();
    let expected: Vec<(u64, &str)> = (2..).zip(&rows).filter(|(_, row)| !row.1.is_empty()).map(|(line, row)| (line, row.1)).collect();
    let found = reasons(&sheet);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((line, reason), (wanted_line, wanted)) in found.iter().zip(&expected) {
        assert!(line == wanted_line && reason.contains(wanted), "line {line}: {reason}; wanted line {wanted_line}: {wanted}");
    }
    let taken: usize = sheet.products.iter().map(|product| product.items.len()).sum();
    assert_eq!((taken + found.len(), taken), (sheet.rows, 2));
}

#[test]
fn what_a_product_says_wrongly_rejects_all_of_its_rows() {
    let sheet = read("handle,title,sku,price,maker,status\nm,Mug,A,1,ana,soon\nm,,B,1,ana,\nn,Nut,C,1,ana,draft\n");
    assert_eq!(
        reasons(&sheet),
        [
            (2, "status \"soon\" is none of draft, active, archived"),
            (3, "line 2 of the same product is wrong: status \"soon\" is none of draft, active, archived"),
        ]
    );
    assert_eq!(told(&sheet), ["n \"Nut\" (4:C[] 1 100)"]);
}

#[test]
fn a_quotation_mark_that_is_never_closed_is_refused_with_its_line() {
    let told = refused("title,sku,price,maker\nMug,A,1,ana\n\"Pot,B,1,ana\nCup,C,1,ana\n", &Options::default());
    assert!(told.contains("line 3 has a quotation mark that is never closed"), "{told}");
}

#[test]
fn lines_are_counted_through_line_ends_of_any_sort_and_newlines_in_quotes() {
    for (newline, mark) in [("\n", ""), ("\r\n", ""), ("\n", "\u{feff}"), ("\r\n", "\u{feff}")] {
        let text = ["title,sku,price,maker,description", "Mug,A,1,ana,\"two\nlines\"", "", "Pot,B,x,ana,", "Cup,C,1,ana,"].join(newline);
        let sheet = read(&format!("{mark}{text}"));
        assert_eq!(sheet.rejected[0].place.line, 5, "{newline:?} {mark:?}");
        assert_eq!(sheet.products.iter().map(|product| product.items[0].0.line).collect::<Vec<_>>(), [2, 6]);
    }
}

#[test]
fn a_file_of_too_many_rows_is_refused() {
    let mut text = String::from("title,sku,price,maker\n");
    for number in 0..=MAX_ROWS {
        let _ = writeln!(text, "p{number},s{number},1,ana");
    }
    let told = refused(&text, &Options::default());
    assert!(told.contains("more than 200000 rows"), "{told}");
}
